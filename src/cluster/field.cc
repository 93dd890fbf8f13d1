#include "podreach/cluster/field.h"

#include <algorithm>

#include "podreach/base/text.h"

namespace podreach {
namespace {

using Operator = LabelRequirement::Operator;

std::optional<Operator> ParseOperator(std::string_view text) {
  if (text == "In") return Operator::kIn;
  if (text == "NotIn") return Operator::kNotIn;
  if (text == "Exists") return Operator::kExists;
  if (text == "DoesNotExist") return Operator::kDoesNotExist;
  return std::nullopt;
}

/// One of matchExpressions; nothing where it is malformed (meta/v1 validation,
/// ValidateLabelSelector).
std::optional<LabelRequirement> ReadRequirement(const Field& field) {
  LabelRequirement requirement;
  requirement.key = field.At("key").Text();
  requirement.values = field.At("values").Texts();
  const Field op_field = field.At("operator");
  const std::string op_text = op_field.Text();
  const std::optional<Operator> op = ParseOperator(op_text);
  if (requirement.key.empty()) {
    field.At("key").AddProblem("is missing");
    return std::nullopt;
  }
  if (!op) {
    op_field.AddProblem("unknown operator: " + Quoted(op_text));
    return std::nullopt;
  }
  requirement.op = *op;
  const bool wants_values = *op == Operator::kIn || *op == Operator::kNotIn;
  if (wants_values && requirement.values.empty()) {
    field.At("values").AddProblem(op_text + " needs at least one value");
    return std::nullopt;
  }
  if (!wants_values && !requirement.values.empty()) {
    field.At("values").AddProblem(op_text + " takes no values");
    requirement.values.clear();
  }
  return requirement;
}

}  // namespace

std::string Quoted(std::string_view value) { return "\"" + CleanText(value, 64) + "\""; }

bool Field::Is(bool right_type, std::string_view wanted) const {
  if (!right_type) {
    AddProblem("is " + std::string(value_->type_name()) + ", not " + std::string(wanted));
  }
  return right_type;
}

Field Field::At(const char* key) const {
  Field field((path_.empty() ? "" : path_ + ".") + key, problems_);
  if (!present() || !Is(value_->is_object(), "an object")) return field;
  const auto member = value_->find(key);
  if (member != value_->end() && !member->is_null()) field.value_ = &*member;
  return field;
}

std::vector<std::string> Field::Keys() const {
  std::vector<std::string> keys;
  if (!present() || !Is(value_->is_object(), "an object")) return keys;
  for (const auto& [key, value] : value_->items()) {
    if (!value.is_null()) keys.push_back(key);
  }
  return keys;
}

std::vector<Field> Field::Items() const {
  std::vector<Field> items;
  if (!present() || !Is(value_->is_array(), "a list")) return items;
  items.reserve(value_->size());
  for (const nlohmann::json& item : *value_) {
    items.emplace_back(item, path_ + "[" + std::to_string(items.size()) + "]", *problems_);
  }
  return items;
}

std::string Field::Text(std::string_view otherwise) const {
  if (!present() || !Is(value_->is_string(), "a text")) return std::string(otherwise);
  return value_->get<std::string>();
}

bool Field::Flag(bool otherwise) const {
  if (!present() || !Is(value_->is_boolean(), "true or false")) return otherwise;
  return value_->get<bool>();
}

std::optional<double> Field::Number() const {
  if (!present() || !Is(value_->is_number(), "a number")) return std::nullopt;
  return value_->get<double>();
}

std::optional<std::int64_t> Field::Integer() const {
  if (!present() || !Is(value_->is_number_integer(), "a whole number")) return std::nullopt;
  if (value_->is_number_unsigned() && value_->get<std::uint64_t>() > INT64_MAX) {
    AddProblem("is too large a number");
    return std::nullopt;
  }
  return value_->get<std::int64_t>();
}

std::vector<std::string> Field::Texts() const {
  std::vector<std::string> texts;
  for (const Field& item : Items()) {
    if (!item.is_string()) {
      item.AddProblem("isn't a text");
    } else {
      texts.push_back(item.Text());
    }
  }
  return texts;
}

Labels Field::ReadLabels() const {
  Labels labels;
  if (!present() || !Is(value_->is_object(), "an object")) return labels;
  for (const auto& [key, value] : value_->items()) {
    if (value.is_string()) {
      labels.emplace(key, value.get<std::string>());
    } else {
      problems_->Add(path_ + "." + CleanText(key, 64), "isn't a text");
    }
  }
  return labels;
}

std::optional<IpAddress> Field::ReadIp() const {
  if (!present()) return std::nullopt;
  const std::string text = Text();
  std::optional<IpAddress> address = IpAddress::Parse(text);
  if (!address && is_string()) AddProblem("not an IP address: " + Quoted(text));
  return address;
}

std::optional<Cidr> Field::ReadCidr() const {
  if (!present()) return std::nullopt;
  const std::string text = Text();
  std::optional<Cidr> cidr = Cidr::Parse(text);
  if (!cidr && is_string()) AddProblem("not a CIDR: " + Quoted(text));
  return cidr;
}

std::optional<Port> Field::ReadPort() const {
  const std::optional<std::int64_t> number = Integer();
  if (!number) return std::nullopt;
  if (*number < 1 || *number > 65535) {
    AddProblem("not a port: " + std::to_string(*number));
    return std::nullopt;
  }
  return Port::From(static_cast<std::uint16_t>(*number));
}

std::optional<Port> Field::ReadPortOrZero() const {
  if (present() && value_->is_number_integer() && *value_ == 0) return std::nullopt;
  return ReadPort();
}

std::optional<Protocol> Field::ReadProtocol() const {
  if (!present()) return Protocol::kTcp;
  const std::string text = Text();
  std::optional<Protocol> protocol = ParseProtocol(text);
  if (!protocol && is_string()) AddProblem("unknown protocol: " + Quoted(text));
  return protocol;
}

std::optional<LabelSelector> Field::ReadSelector() const {
  if (!present()) return std::nullopt;
  LabelSelector selector;
  for (auto& [key, value] : At("matchLabels").ReadLabels()) {
    selector.requirements.push_back({key, Operator::kIn, {value}});
  }
  for (const Field& expression : At("matchExpressions").Items()) {
    if (auto requirement = ReadRequirement(expression)) {
      selector.requirements.push_back(*std::move(requirement));
    }
  }
  return selector;
}

}  // namespace podreach
