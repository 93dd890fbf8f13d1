#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "collect/other_policies.h"
#include "collect/parse.h"
#include "podreach/collect/source.h"

namespace podreach {
namespace {

using nlohmann::json;

enum class Need {
  kRequired,  ///< nothing can be said without it
  kGap,       ///< its absence is a gap
};

struct Listing {
  const char* group_version;
  const char* plural;
  const char* group;
  const char* kind;
  Need need;
};

/// The longest ones first, so that they don't start last.
constexpr std::array<Listing, 8> kListings{{
    {"/api/v1", "pods", "", "Pod", Need::kRequired},
    {"/apis/discovery.k8s.io/v1", "endpointslices", "discovery.k8s.io", "EndpointSlice",
     Need::kGap},
    {"/api/v1", "services", "", "Service", Need::kGap},
    {"/api/v1", "namespaces", "", "Namespace", Need::kRequired},
    {"/apis/networking.k8s.io/v1", "networkpolicies", "networking.k8s.io", "NetworkPolicy",
     Need::kGap},
    {"/api/v1", "nodes", "", "Node", Need::kGap},
    {"/apis/policy/v1", "poddisruptionbudgets", "policy", "PodDisruptionBudget", Need::kGap},
    {"/apis/admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations",
     "admissionregistration.k8s.io", "MutatingWebhookConfiguration", Need::kGap},
}};

constexpr std::size_t kThreads = 4;

/// What another scan put into the cluster is no part of what this one examines. Its marks can be
/// forged by whoever wants to hide from the audit: so what is left out is always said.
std::optional<SnapshotGap> LeftOut(const json& object, const Listing& listing) {
  const std::string_view kind = listing.kind;
  if ((kind != "Pod" && kind != "NetworkPolicy") || !HasProbeMarks(object)) return std::nullopt;
  SnapshotGap gap;
  gap.kind = GapKind::kLeftOut;
  gap.object = {listing.group, "v1", listing.kind,
                object.value(json::json_pointer("/metadata/namespace"), std::string()),
                object.value(json::json_pointer("/metadata/name"), std::string())};
  gap.reason =
      "left out: it has the marks of another scan's probes; where none runs, `podreach clean` "
      "removes it";
  return gap;
}

/// One collection: independent lists, taken from one queue by a few threads, into one parser.
class LiveCollection {
 public:
  LiveCollection(KubeClient& client, PolicyKindList policy_kinds, std::stop_token stop)
      : client_(client),
        policy_kinds_(policy_kinds),
        parser_(policy_kinds),
        forward_(std::move(stop), [this] { stop_.request_stop(); }) {}

  [[nodiscard]] Result<Snapshot> Run(std::string cluster_name) {
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([this] { Work(); });
      }
    }
    if (failure_) return *std::move(failure_);
    Snapshot snapshot = std::move(parser_).Finish();
    snapshot.cluster = std::move(cluster_name);
    snapshot.server_version = std::move(server_version_);
    snapshot.cilium = cilium_;
    return snapshot;
  }

 private:
  void Work() {
    constexpr std::size_t kVersionTask = kListings.size();
    constexpr std::size_t kOtherPoliciesTask = kListings.size() + 1;
    for (;;) {
      const std::size_t task = next_task_++;
      if (task > kOtherPoliciesTask) return;
      if (task < kListings.size()) {
        ListOne(kListings[task]);
      } else if (task == kVersionTask) {
        ReadVersion();
      } else {
        ReadOtherPolicies();
      }
    }
  }

  void ListOne(const Listing& listing) {
    const ResourcePath path{listing.group_version, listing.plural, {}, {}, {}};
    const auto each = [&](json& object) {
      auto left_out = LeftOut(object, listing);
      const std::scoped_lock lock(mutex_);
      left_out ? parser_.AddGap(std::move(*left_out)) : parser_.Add(std::move(object));
    };
    auto listed = client_.List(path, "", each, stop_.get_token());
    if (listed.has_value()) return;
    Error error = std::move(listed).error();
    // Not found: an API server too old, or with that API switched off.
    const bool refused = error.kind == ErrorKind::kForbidden || error.kind == ErrorKind::kNotFound;
    if (refused && listing.need == Need::kGap) {
      const std::scoped_lock lock(mutex_);
      parser_.AddGap({GapKind::kUnlistedKind,
                      {listing.group, "", listing.kind, "", ""},
                      std::move(error.message),
                      {},
                      listing.plural,
                      {}});
    } else {
      Fail(std::move(error));
    }
  }

  /// Only for the report's head: a server that doesn't tell it is no reason to give up.
  void ReadVersion() {
    auto version = client_.GetRaw("/version", stop_.get_token());
    if (version.has_error()) return;
    Problems ignored;
    const Field root(*version, "", ignored);
    const std::scoped_lock lock(mutex_);
    server_version_ = root.At("gitVersion").Text();
  }

  void ReadOtherPolicies() {
    const auto give = [&](json& object) {
      const std::scoped_lock lock(mutex_);
      parser_.Add(std::move(object));
    };
    auto others = ListOtherPolicies(client_, policy_kinds_, give, stop_.get_token());
    if (others.has_error()) {
      Fail(std::move(others).error());
      return;
    }
    const std::scoped_lock lock(mutex_);
    cilium_ = others->cilium;
    for (SnapshotGap& gap : others->gaps) parser_.AddGap(std::move(gap));
  }

  /// The first failure counts, and stops the other threads; what they then say is only its echo.
  void Fail(Error error) {
    {
      const std::scoped_lock lock(mutex_);
      if (!failure_) failure_ = std::move(error);
    }
    stop_.request_stop();
  }

  KubeClient& client_;
  const PolicyKindList policy_kinds_;
  std::atomic<std::size_t> next_task_{0};
  std::mutex mutex_;
  ObjectParser parser_;           // guarded by mutex_
  std::string server_version_;    // guarded by mutex_
  bool cilium_ = false;           // guarded by mutex_
  std::optional<Error> failure_;  // guarded by mutex_
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;  // the caller's stop becomes ours
};

}  // namespace

Result<Snapshot> CollectLive(KubeClient& client, std::string cluster_name,
                             PolicyKindList policy_kinds, std::stop_token stop) {
  LiveCollection collection(client, policy_kinds, std::move(stop));
  auto snapshot = collection.Run(std::move(cluster_name));
  if (snapshot.has_error()) {
    return WithContext(std::move(snapshot).error(), "read the cluster's objects");
  }
  return snapshot;
}

}  // namespace podreach
