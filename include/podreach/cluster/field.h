#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/cluster/label_selector.h"
#include "podreach/cluster/problem.h"
#include "podreach/net/cidr.h"
#include "podreach/net/ip_address.h"
#include "podreach/net/port.h"
#include "podreach/net/protocol.h"

namespace podreach {

/// One field of an API object, and the path to it. Absent and null are the same, as in the
/// Kubernetes API; a value of the wrong type adds a problem and reads as absent. Refers to the
/// object and the problems, which must outlive it.
class Field {
 public:
  Field(const nlohmann::json& value, std::string path, Problems& problems)
      : value_(value.is_null() ? nullptr : &value), path_(std::move(path)), problems_(&problems) {}

  [[nodiscard]] bool present() const { return value_ != nullptr; }
  [[nodiscard]] bool is_string() const { return present() && value_->is_string(); }
  [[nodiscard]] bool is_object() const { return present() && value_->is_object(); }
  [[nodiscard]] bool is_array() const { return present() && value_->is_array(); }
  /// The names of an object's members that aren't null.
  [[nodiscard]] std::vector<std::string> Keys() const;
  [[nodiscard]] bool Has(const char* key) const { return At(key).present(); }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// A member of an object.
  [[nodiscard]] Field At(const char* key) const;
  /// The elements of an array.
  [[nodiscard]] std::vector<Field> Items() const;

  [[nodiscard]] std::string Text(std::string_view otherwise = "") const;
  [[nodiscard]] bool Flag(bool otherwise) const;
  [[nodiscard]] std::optional<std::int64_t> Integer() const;
  /// Any number.
  [[nodiscard]] std::optional<double> Number() const;
  /// An array of strings.
  [[nodiscard]] std::vector<std::string> Texts() const;
  /// An object of strings.
  [[nodiscard]] Labels ReadLabels() const;
  [[nodiscard]] std::optional<IpAddress> ReadIp() const;
  [[nodiscard]] std::optional<Cidr> ReadCidr() const;
  /// A number from 1 to 65535.
  [[nodiscard]] std::optional<Port> ReadPort() const;
  /// The same, where 0 stands for none (hostPort, nodePort).
  [[nodiscard]] std::optional<Port> ReadPortOrZero() const;
  /// TCP where absent (core/v1 Protocol); nothing for a protocol that isn't known.
  [[nodiscard]] std::optional<Protocol> ReadProtocol() const;
  /// meta/v1 LabelSelector; nothing where absent. What is malformed in it is left out, so that it
  /// selects more than it should, never less.
  [[nodiscard]] std::optional<LabelSelector> ReadSelector() const;

  void AddProblem(std::string_view problem) const { problems_->Add(path_, problem); }

 private:
  Field(std::string path, Problems* problems) : path_(std::move(path)), problems_(problems) {}
  /// Whether the value is there; `wanted` says what it isn't where it is of another type.
  [[nodiscard]] bool Is(bool right_type, std::string_view wanted) const;

  const nlohmann::json* value_ = nullptr;  // null where absent
  std::string path_;
  Problems* problems_;
};

/// A stranger's value in a message: quoted, cleaned and short.
[[nodiscard]] std::string Quoted(std::string_view value);

}  // namespace podreach
