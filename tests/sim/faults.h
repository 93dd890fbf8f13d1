#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "podreach/base/result.h"
#include "tests/sim/http_server.h"
#include "tests/sim/kubelets.h"

namespace podreach::sim {

/// A request as faults tell one from another.
struct RequestInfo {
  std::string verb;      ///< "get", "list", "watch", "log", "create", "patch", "delete", ...
  std::string resource;  ///< plural, "pods"; empty outside of resources
  std::string path;      ///< without query
  ObjectKey object;      ///< namespace and name, as far as the path has them
};

/// What faults may do to the simulator beside changing one reply.
struct FaultActions {
  std::function<void(std::chrono::milliseconds)> outage;
  std::function<void()> close_watches;
  std::function<void(const ObjectKey&)> evict, restart, remove;
  std::function<std::vector<ObjectKey>()> created;  ///< pods made since the start
};

/// Faults on a schedule, read from a file; README.md shows each kind. A fault says when it comes
/// (which requests, how many of them after how many, after how long) and what it does.
class Faults {
 public:
  [[nodiscard]] static Result<Faults> Read(const std::filesystem::path& file);

  /// Starts the clock, and the timers of the faults that wait for no request.
  void Begin(boost::asio::io_context& context, FaultActions actions);
  /// The reply in place of the right one, where a fault has one.
  [[nodiscard]] std::optional<Response> Instead(const RequestInfo& request);
  /// Changes the right reply.
  void Spoil(const RequestInfo& request, Response& response);
  /// How the log is spoilt that this request reads.
  [[nodiscard]] LogFault OfLog(const RequestInfo& request);

 private:
  struct Fault {
    nlohmann::json what;
    std::uint64_t matched = 0;  ///< requests so far, those that it let pass among them
  };

  /// Whether this fault strikes this request; counts it.
  [[nodiscard]] bool Strikes(Fault& fault, const RequestInfo& request) const;
  void Act(const nlohmann::json& what, const ObjectKey& object) const;

  std::vector<Fault> faults_;
  FaultActions actions_;
  std::chrono::steady_clock::time_point start_;
  std::uint64_t requests_ = 0;
};

/// A refusal as the API server writes it (meta/v1 Status).
[[nodiscard]] Response StatusResponse(unsigned status, std::string_view reason,
                                      std::string_view message);

}  // namespace podreach::sim
