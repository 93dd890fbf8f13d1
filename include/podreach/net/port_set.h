#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/net/port.h"

namespace podreach {

/// Ports first to last, both included.
struct PortRange {
  Port first;
  Port last;
  friend auto operator<=>(const PortRange&, const PortRange&) = default;
};

/// A set of ports, kept as sorted ranges that neither overlap nor touch.
class PortSet {
 public:
  PortSet() = default;
  /// 1 to 65535.
  [[nodiscard]] static PortSet All();
  /// Parses "22,80,6000-6100" or "-" for all; nothing for anything else, an empty text included.
  [[nodiscard]] static std::optional<PortSet> Parse(std::string_view text);

  void Add(Port port) { Add(PortRange{port, port}); }
  void Add(PortRange range);  ///< the range's last must not be below its first
  void Add(const PortSet& other);
  void Remove(const PortSet& other);
  [[nodiscard]] PortSet Intersect(const PortSet& other) const;
  [[nodiscard]] bool Contains(Port port) const;
  [[nodiscard]] bool Contains(const PortSet& other) const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] const std::vector<PortRange>& ranges() const { return ranges_; }
  /// "22,80,6000-6100"; empty for the empty set.
  [[nodiscard]] std::string ToString() const;

  friend bool operator==(const PortSet&, const PortSet&) = default;

 private:
  std::vector<PortRange> ranges_;
};

}  // namespace podreach
