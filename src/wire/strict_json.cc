#include "wire/strict_json.h"

#include <vector>

namespace podreach::wire {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 16;

// Looks at a text without building it, so that depth costs no stack and no memory.
class ShapeCheck : public nlohmann::json_sax<json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return Refuse("binary values are not allowed"); }
  bool start_object(std::size_t) override { return Enter(); }
  bool end_object() override { return Leave(); }
  bool start_array(std::size_t) override { return Enter(); }
  bool end_array() override { return Leave(); }
  bool key(string_t& name) override {
    return keys_.back().insert(name).second || Refuse("a field comes twice");
  }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    return Refuse("not JSON at byte " + std::to_string(position));
  }

  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  bool Enter() {
    if (keys_.size() == kMaxDepth) return Refuse("nested more than 16 levels deep");
    keys_.emplace_back();
    return true;
  }
  bool Leave() {
    keys_.pop_back();
    return true;
  }
  bool Refuse(std::string why) {
    why_ = std::move(why);
    return false;
  }

  std::vector<std::set<std::string>> keys_;  // of the objects that are open
  std::string why_;
};

}  // namespace

Result<json> ParseStrictJson(std::string_view text) {
  ShapeCheck check;
  if (!json::sax_parse(text, &check)) return MakeError(ErrorKind::kCorrupt, check.why());
  json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return MakeError(ErrorKind::kCorrupt, "not JSON");
  return Result<json>(boost::system::in_place_value, std::move(value));
}

std::string DumpJson(const json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace);
}

void Problem::Say(std::string_view field, std::string_view what) {
  if (found()) return;
  text_ = field;
  text_ += text_.empty() ? "" : ": ";
  text_ += what;
}

FieldReader::FieldReader(const json& value, std::string path, Problem& problem)
    : value_(value), path_(std::move(path)), problem_(problem) {
  if (!value_.is_object()) problem_.Say(path_, "must be an object");
}

bool FieldReader::Has(const std::string& name) const {
  return value_.is_object() && value_.contains(name);
}

const json* FieldReader::Find(const std::string& name) {
  asked_.insert(name);
  if (Has(name)) return &value_.at(name);
  Refuse(name, "is missing");
  return nullptr;
}

std::uint64_t FieldReader::Number(const std::string& name, std::uint64_t low, std::uint64_t high) {
  const json* field = Find(name);
  if (field == nullptr) return low;
  if (field->is_number_unsigned()) {
    const auto number = field->get<std::uint64_t>();
    if (low <= number && number <= high) return number;
  }
  Refuse(name,
         "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return low;
}

bool FieldReader::Flag(const std::string& name) {
  const json* field = Find(name);
  if (field == nullptr) return false;
  if (field->is_boolean()) return field->get<bool>();
  Refuse(name, "must be true or false");
  return false;
}

std::string FieldReader::Text(const std::string& name, std::size_t max_bytes) {
  const json* field = Find(name);
  if (field == nullptr) return {};
  if (field->is_string() && field->get_ref<const std::string&>().size() <= max_bytes) {
    return field->get<std::string>();
  }
  Refuse(name, "must be a string of at most " + std::to_string(max_bytes) + " bytes");
  return {};
}

IpAddress FieldReader::Address(const std::string& name) {
  // The longest text that inet_pton(3) takes is INET6_ADDRSTRLEN - 1 bytes.
  const auto address = IpAddress::Parse(Text(name, 45));
  if (!address) Refuse(name, "must be an IPv4 or IPv6 address");
  return address.value_or(IpAddress{});
}

PortSet FieldReader::Ports(const std::string& name) {
  const json* field = Find(name);
  if (field == nullptr) return {};
  if (field->is_string()) {
    if (auto ports = PortSet::Parse(field->get_ref<const std::string&>())) return *ports;
  }
  Refuse(name, "must be ports from 1 to 65535, as in \"22,80,6000-6100\"");
  return {};
}

PortSet FieldReader::OptionalPorts(const std::string& name) {
  return Has(name) ? Ports(name) : PortSet{};
}

const json& FieldReader::Array(const std::string& name, std::size_t max_items) {
  static const json kEmpty = json::array();
  const json* field = Find(name);
  if (field == nullptr) return kEmpty;
  if (field->is_array() && field->size() <= max_items) return *field;
  Refuse(name, "must be an array of at most " + std::to_string(max_items) + " items");
  return kEmpty;
}

const json& FieldReader::Object(const std::string& name) {
  static const json kEmpty = json::object();
  const json* field = Find(name);
  if (field == nullptr) return kEmpty;
  if (field->is_object()) return *field;
  Refuse(name, "must be an object");
  return kEmpty;
}

void FieldReader::Done() {
  if (!value_.is_object() || problem_.found()) return;
  for (const auto& [name, field] : value_.items()) {
    // The name is the sender's: escaped, so that it can be printed.
    if (!asked_.contains(name)) Refuse(DumpJson(name.substr(0, 64)), "is an unknown field");
  }
}

std::string FieldReader::PathOf(std::string_view name) const {
  std::string path = path_;
  path += path.empty() ? "" : ".";
  path += name;
  return path;
}

std::string FieldReader::PathOf(std::string_view name, std::size_t index) const {
  return PathOf(name) + "[" + std::to_string(index) + "]";
}

}  // namespace podreach::wire
