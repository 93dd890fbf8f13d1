#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/naive_evaluator.h"
#include "tests/oracle/world.h"

/// Reading of JSON, and what may be said of it: yes, no, or maybe.
namespace podreach::oracle {

/// Thrown by what reads a document on meeting what it can't read.
struct Unread {};

enum class Match { kNo, kMay, kYes };

inline Match And(Match a, Match b) { return std::min(a, b); }
inline Match Or(Match a, Match b) { return std::max(a, b); }
inline Match Not(Match a) {
  return a == Match::kMay ? a : a == Match::kYes ? Match::kNo : Match::kYes;
}
inline Match Is(bool yes) { return yes ? Match::kYes : Match::kNo; }

template <typename Reader>
Match MayIfUnread(Reader reader) {
  try {
    return reader();
  } catch (const Unread&) {
    return Match::kMay;
  }
}

template <typename Reader>
bool CanRead(Reader reader) {
  try {
    reader();
    return true;
  } catch (const Unread&) {
    return false;
  }
}

/// Absent where it isn't there or null, as the API has it.
inline const Json* Field(const Json& object, std::string_view key) {
  if (!object.is_object()) throw Unread();
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

inline const Json& Must(const Json* value) {
  if (value == nullptr) throw Unread();
  return *value;
}

inline void Only(const Json& object, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) throw Unread();
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) throw Unread();
  }
}

inline std::string Text(const Json& value) {
  if (!value.is_string()) throw Unread();
  return value.get<std::string>();
}

inline int Number(const Json& value, int first, int last) {
  if (!value.is_number_integer()) throw Unread();
  const auto number = value.get<std::int64_t>();
  if (number < first || number > last) throw Unread();
  return static_cast<int>(number);
}

inline bool Flag(const Json& value) {
  if (!value.is_boolean()) throw Unread();
  return value.get<bool>();
}

/// Absent: empty.
inline std::vector<Json> List(const Json* value) {
  if (value == nullptr) return {};
  if (!value->is_array()) throw Unread();
  return value->get<std::vector<Json>>();
}

inline std::vector<std::string> Texts(const Json* value) {
  std::vector<std::string> texts;
  for (const auto& text : List(value)) texts.push_back(Text(text));
  return texts;
}

inline bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), text) != known.end();
}

inline bool Has(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// Whether a list of rules is there, or something that may be one.
inline bool Covers(const Json& spec, const char* rules) {
  if (!spec.is_object()) return true;
  const Json* list = Field(spec, rules);
  return list != nullptr && !(list->is_array() && list->empty());
}

// --- Which document it is.

inline std::string GroupOf(const Json& document) {
  const auto version = document.value("apiVersion", "");
  return version.substr(0, version.find('/'));
}
inline std::string KindOf(const Json& document) { return document.value("kind", ""); }
inline std::string NameOf(const Json& document) {
  return document.at("metadata").value("name", "");
}
inline std::string NamespaceOf(const Json& document) {
  return document.at("metadata").value("namespace", "");
}
/// Absent: empty.
inline Json SpecOf(const Json& document) {
  return document.contains("spec") ? document.at("spec") : Json::object();
}

// --- Addresses.

/// "10.0.0.0/8", or an address alone.
inline Cidr Block(const std::string& text) {
  if (const auto block = Cidr::Parse(text)) return *block;
  if (const auto address = IpAddress::Parse(text)) return Cidr::Of(*address);
  throw Unread();
}

inline Match IsInside(const Cidr& block, const Place& place) {
  if (!place.address) return Match::kMay;
  return Is(standard::IsIn(block, *place.address));
}

/// Text by text: one that can't be read may match.
inline Match IsInside(const Json& blocks, const Place& place) {
  Match any = Match::kNo;
  for (const auto& block : List(&blocks)) {
    any = Or(any, MayIfUnread([&] { return IsInside(Block(Text(block)), place); }));
  }
  return any;
}

// --- meta/v1 LabelSelector.

struct Requirement {
  std::string key;
  std::string op;
  std::vector<std::string> values;
};

/// All of it is read before any of it is held against anything.
inline std::vector<Requirement> ReadSelector(const Json& selector) {
  std::vector<Requirement> requirements;
  Only(selector, {"matchLabels", "matchExpressions"});
  if (const Json* labels = Field(selector, "matchLabels")) {
    if (!labels->is_object()) throw Unread();
    for (const auto& [key, value] : labels->items()) {
      requirements.push_back({key, "In", {Text(value)}});
    }
  }
  for (const auto& expression : List(Field(selector, "matchExpressions"))) {
    Only(expression, {"key", "operator", "values"});
    Requirement requirement{Text(Must(Field(expression, "key"))),
                            Text(Must(Field(expression, "operator"))),
                            Texts(Field(expression, "values"))};
    const bool listed = IsOneOf(requirement.op, {"In", "NotIn"});
    if (!listed && !IsOneOf(requirement.op, {"Exists", "DoesNotExist"})) throw Unread();
    if (listed == requirement.values.empty()) throw Unread();
    requirements.push_back(std::move(requirement));
  }
  return requirements;
}

inline bool Holds(const Requirement& requirement, const Labels& labels) {
  const auto found = labels.find(requirement.key);
  const bool there = found != labels.end();
  if (requirement.op == "Exists") return there;
  if (requirement.op == "DoesNotExist") return !there;
  const bool listed = there && Has(requirement.values, found->second);
  return requirement.op == "In" ? listed : !listed;
}

inline bool Selects(const Json& selector, const Labels& labels) {
  bool all = true;
  for (const auto& requirement : ReadSelector(selector)) all = all && Holds(requirement, labels);
  return all;
}

/// Labels of a node that the snapshot doesn't have aren't known.
inline Match SelectsNode(const Json& selector, const Place& place) {
  const auto requirements = ReadSelector(selector);
  if (!place.is_node) return Match::kNo;
  if (requirements.empty()) return Match::kYes;
  if (place.node_object == nullptr) return Match::kMay;
  return Is(Selects(selector, place.node_object->labels));
}

inline Labels NamespaceLabels(const Place& place) {
  return place.ns == nullptr ? Labels{} : place.ns->labels;
}

// --- Ports.

/// A container port of that name, of the connection's protocol and number, at its destination.
inline bool IsNamedPort(const Side& side, const std::string& name) {
  if (!side.destination.IsPod()) return false;
  for (const auto& port : side.destination.pod->ports) {
    if (port.name == name && port.protocol == side.protocol && port.port == side.port) return true;
  }
  return false;
}

inline bool IsBetween(const Side& side, int first, int last) {
  return first <= side.port.number() && side.port.number() <= last;
}

}  // namespace podreach::oracle
