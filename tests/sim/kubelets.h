#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/accounts.h"
#include "tests/sim/http_server.h"
#include "tests/sim/probe_model.h"
#include "tests/sim/world.h"

namespace podreach::sim {

struct KubeletOptions {
  std::chrono::milliseconds start_delay{0};  ///< from a pod's creation to its running
  /// Until a kubelet sees that a ConfigMap changed, where nothing touches the pod that mounts it.
  std::chrono::milliseconds sync_period{60'000};
};

/// What a pod that was created writes, and who reads it.
struct PodLog {
  std::string text;
  bool ended = false;
  /// Where a sweep's report ends in the text, and when that sweep ended.
  std::vector<std::pair<std::size_t, VirtualSeconds>> sweeps;
  std::vector<std::weak_ptr<Stream>> readers;

  void Add(std::string_view more);
  void End();
};

/// How a log is spoilt for whoever reads it next.
struct LogFault {
  std::optional<std::size_t> cut_after;  ///< bytes; the stream ends there
  std::string noise;                     ///< a foreign line, written before the rest
};

/// The scheduler, the kubelets and the probes that they run, of pods that are created while the
/// simulator runs. What came with the cluster just stands there.
class Kubelets {
 public:
  Kubelets(boost::asio::io_context& context, World& world, Accounts& accounts,
           const KubeletOptions& options)
      : context_(context), world_(world), accounts_(accounts), options_(options) {}

  /// The message of admission's refusal: a ResourceQuota of the namespace is used up.
  [[nodiscard]] std::optional<std::string> Refuse(const std::string& ns);
  void PodCreated(const ObjectKey& key);
  /// A kubelet looks at what a pod mounts when the pod changes.
  void PodChanged(const ObjectKey& key);
  void PodDeleted(const ObjectKey& key, const Object& object);
  void ConfigMapChanged(const ObjectKey& key);

  /// Null where the pod's container doesn't run yet. `follow` false ends at what is there now.
  [[nodiscard]] std::shared_ptr<Stream> ReadLog(const ObjectKey& key, bool follow,
                                                const LogFault& fault);
  /// Ends a probe in the kubelet's way: phase Failed with a reason, as an eviction does.
  void Evict(const ObjectKey& key);
  /// Its container starts anew: what it wrote before is gone.
  void Restart(const ObjectKey& key);
  /// The created pods, by namespace and name.
  [[nodiscard]] std::vector<ObjectKey> Created() const;

 private:
  struct Running {
    std::uint32_t pod = 0;
    std::string config_map;
    std::unique_ptr<ProbeModel> model;
    std::shared_ptr<PodLog> log;
  };

  void After(std::chrono::milliseconds time, std::function<void()> what);
  void Schedule(const ObjectKey& key);
  void SayUnschedulable(const ObjectKey& key);
  void Start(const ObjectKey& key, std::uint32_t pod);
  void Look(const ObjectKey& key);
  [[nodiscard]] std::shared_ptr<const Result<ProbeOrder>> OrderOf(const ObjectKey& config_map);
  [[nodiscard]] Collection& Pods();

  boost::asio::io_context& context_;
  World& world_;
  Accounts& accounts_;
  const KubeletOptions options_;
  std::map<ObjectKey, Running> running_;
  std::deque<ObjectKey> unscheduled_;
  /// Parsed orders by ConfigMap: all probes of a namespace share one.
  struct KnownOrder {
    std::uint64_t version = 0;
    std::shared_ptr<const Result<ProbeOrder>> order;
  };
  std::map<ObjectKey, KnownOrder> orders_;
};

}  // namespace podreach::sim
