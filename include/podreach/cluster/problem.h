#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace podreach {

/// One thing that is malformed in an object.
struct Problem {
  std::string path;  ///< of the field: "spec.ingress[0].from[1]"; empty for the object itself
  std::string what;  ///< "not a CIDR: \"10.0.0\""

  /// "path: what".
  [[nodiscard]] std::string ToString() const { return path.empty() ? what : path + ": " + what; }
  friend auto operator<=>(const Problem&, const Problem&) = default;
};

/// What is malformed in one object. The list is bounded: an object can't fill a report.
class Problems {
 public:
  /// A problem that is there already isn't added again.
  void Add(std::string_view path, std::string_view what);
  [[nodiscard]] bool empty() const { return problems_.empty(); }
  [[nodiscard]] std::size_t size() const { return problems_.size(); }
  /// All of them. The last one has no path and says how many more there were, where some weren't
  /// kept.
  [[nodiscard]] std::vector<Problem> All() const;
  /// All of them in one line, with "; " between them.
  [[nodiscard]] std::string Joined() const;

 private:
  std::vector<Problem> problems_;
  std::size_t left_off_ = 0;
};

}  // namespace podreach
