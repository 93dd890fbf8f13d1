#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "podreach/base/result.h"
#include "podreach/net/ip_address.h"
#include "podreach/net/port_set.h"

namespace podreach::wire {

/// Parses a JSON text; refuses more than 16 levels, a key that comes twice in one object, and
/// whatever RFC 8259 refuses. Errors are kCorrupt.
[[nodiscard]] Result<nlohmann::json> ParseStrictJson(std::string_view text);

/// One line of ASCII; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string DumpJson(const nlohmann::json& value);

/// The first thing that was wrong in a document. Later ones are not kept.
class Problem {
 public:
  void Say(std::string_view field, std::string_view what);
  [[nodiscard]] bool found() const { return !text_.empty(); }
  [[nodiscard]] Error ToError() const { return MakeError(ErrorKind::kCorrupt, text_); }

 private:
  std::string text_;  // "field: what"
};

/// Reads the fields of one object. Whatever is wrong goes to the Problem, and the getter gives an
/// empty value: look at Problem::found() once, at the end. The object outlives its reader.
class FieldReader {
 public:
  FieldReader(const nlohmann::json& value, std::string path, Problem& problem);

  [[nodiscard]] bool Has(const std::string& name) const;
  [[nodiscard]] std::uint64_t Number(const std::string& name, std::uint64_t low,
                                     std::uint64_t high);
  [[nodiscard]] bool Flag(const std::string& name);
  [[nodiscard]] std::string Text(const std::string& name, std::size_t max_bytes);
  [[nodiscard]] IpAddress Address(const std::string& name);
  /// Never empty unless the Problem says why.
  [[nodiscard]] PortSet Ports(const std::string& name);
  /// Empty where the field is absent.
  [[nodiscard]] PortSet OptionalPorts(const std::string& name);
  [[nodiscard]] const nlohmann::json& Array(const std::string& name, std::size_t max_items);
  [[nodiscard]] const nlohmann::json& Object(const std::string& name);
  /// Refuses the fields that nobody asked for.
  void Done();

  [[nodiscard]] std::string PathOf(std::string_view name) const;
  [[nodiscard]] std::string PathOf(std::string_view name, std::size_t index) const;
  void Refuse(std::string_view name, std::string_view what) { problem_.Say(PathOf(name), what); }

 private:
  [[nodiscard]] const nlohmann::json* Find(const std::string& name);

  const nlohmann::json& value_;
  std::string path_;
  Problem& problem_;
  std::set<std::string> asked_;
};

}  // namespace podreach::wire
