#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "fleet/fleet_impl.h"

namespace podreach {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kThreads = 12;

struct Leftover {
  ResourcePath path;
  std::string uid;
  std::string what;
};

/// What one scan left of a kind in one namespace.
struct Heap {
  std::vector<Leftover> leftovers;
  /// Something there wears the same labels and isn't podreach's: nothing is deleted by labels.
  bool strangers = false;
};
using Heaps = std::map<std::pair<std::string, std::string>, Heap>;  // by namespace and scan

std::string ScanOf(const Json& object) {
  return TextAt(object, "/metadata/labels/podreach.io~1scan-id");
}

/// Only an object with both of podreach's labels and a name that podreach gives is podreach's.
bool IsOurs(const Json& object) {
  const std::string scan = ScanOf(object);
  return TextAt(object, "/metadata/labels/app.kubernetes.io~1managed-by") == "podreach" &&
         !scan.empty() && TextAt(object, "/metadata/name").starts_with("podreach-" + scan);
}

bool Chosen(const Json& object, const LeftoverFilter& which) {
  // Both are RFC 3339 in UTC with whole seconds, so they compare as text.
  return (which.scan_id.empty() || ScanOf(object) == which.scan_id) &&
         (which.made_before.empty() ||
          TextAt(object, "/metadata/creationTimestamp") < which.made_before);
}

Result<Heaps> Find(KubeClient& client, const ResourcePath& collection, std::string_view kind,
                   const LeftoverFilter& which, const std::stop_token& stop) {
  Heaps heaps;
  auto listed = client.List(
      collection, "labelSelector=app.kubernetes.io%2Fmanaged-by%3Dpodreach",
      [&](Json& object) {
        ResourcePath path = collection;
        path.ns = TextAt(object, "/metadata/namespace");
        path.name = TextAt(object, "/metadata/name");
        Heap& heap = heaps[{path.ns, ScanOf(object)}];
        if (!IsOurs(object) || !Chosen(object, which)) {
          heap.strangers = true;
        } else {
          heap.leftovers.push_back({path, TextAt(object, "/metadata/uid"),
                                    path.ns + "/" + std::string(kind) + "/" + path.name});
        }
      },
      stop);
  if (!listed) return listed.error();
  std::erase_if(heaps, [](const auto& entry) { return entry.second.leftovers.empty(); });
  return heaps;
}

/// Deletes a heap's objects: by one request, where nothing else wears their labels and who asks may
/// do that, else one by one.
Result<void> Delete(KubeClient& client, const std::string& scan, const Heap& heap, int grace,
                    const std::stop_token& stop) {
  if (heap.leftovers.size() > 1 && !heap.strangers) {
    ResourcePath collection = heap.leftovers.front().path;
    collection.name.clear();
    const std::string labels =
        "labelSelector=app.kubernetes.io%2Fmanaged-by%3Dpodreach%2Cpodreach.io%2Fscan-id%3D" + scan;
    auto gone = client.DeleteCollection(collection, labels, grace, stop);
    if (gone || gone.error().kind != ErrorKind::kForbidden) return gone;
  }
  std::optional<Error> failure;
  for (const Leftover& leftover : heap.leftovers) {
    auto gone = client.Delete(leftover.path, leftover.uid, grace, stop);
    if (!gone && gone.error().kind != ErrorKind::kNotFound) failure = gone.error();
  }
  if (failure) return *failure;
  return {};
}

/// Whether a namespace holds anything that podreach didn't make, or that another scan still uses.
Result<bool> OthersLiveIn(KubeClient& client, const std::string& ns, const LeftoverFilter& which,
                          const std::stop_token& stop) {
  bool others = false;
  for (const char* kind : {"pods", "configmaps", "services"}) {
    auto listed = client.List(
        {"/api/v1", kind, ns, "", ""}, "",
        [&](Json& object) {
          // Every namespace gets this one from the controller manager.
          if (TextAt(object, "/metadata/name") == "kube-root-ca.crt") return;
          others = others || !IsOurs(object) || !Chosen(object, which);
        },
        stop);
    if (!listed) return listed.error();
  }
  return others;
}

/// A namespace that a scan made carries that scan's label; one that an administrator made doesn't.
Result<void> RemoveNamespaces(KubeClient& client, const LeftoverFilter& which, Removed& removed,
                              const std::stop_token& stop) {
  std::vector<Leftover> found;
  auto listed = client.List(
      {"/api/v1", "namespaces", "", "", ""},
      "labelSelector=app.kubernetes.io%2Fmanaged-by%3Dpodreach",
      [&](Json& object) {
        if (ScanOf(object).empty() || !Chosen(object, which)) return;
        const std::string name = TextAt(object, "/metadata/name");
        found.push_back({{"/api/v1", "namespaces", "", name, ""},
                         TextAt(object, "/metadata/uid"),
                         "Namespace/" + name});
      },
      stop);
  if (!listed) return listed.error();
  for (const Leftover& ns : found) {
    auto others = OthersLiveIn(client, ns.path.name, which, stop);
    if (!others) return others.error();
    if (*others) {
      removed.kept.push_back(ns.what +
                             ": it holds what isn't podreach's, or another scan's probes");
      continue;
    }
    auto gone = client.Delete(ns.path, ns.uid, -1, stop);
    if (!gone && gone.error().kind != ErrorKind::kNotFound) return gone.error();
    removed.objects.push_back(ns.what);
  }
  return {};
}

}  // namespace

Result<Removed> RemoveLeftovers(KubeClient& client, const LeftoverFilter& which,
                                const std::stop_token& stop) {
  Removed removed;
  const std::vector<std::pair<ResourcePath, std::string>> kinds = {
      {{"/api/v1", "configmaps", "", "", ""}, "ConfigMap"},
      {{"/apis/networking.k8s.io/v1", "networkpolicies", "", "", ""}, "NetworkPolicy"},
      {{"/api/v1", "pods", "", "", ""}, "Pod"}};
  // What goes wrong with one kind doesn't keep the others.
  std::optional<Error> failure;
  for (const auto& [collection, kind] : kinds) {
    auto found = Find(client, collection, kind, which, stop);
    if (!found) {
      failure = WithContext(found.error(), "looking for leftovers");
      continue;
    }
    const std::vector<Heaps::value_type> heaps(found->begin(), found->end());
    std::mutex mutex;
    ForEachParallel(heaps.size(), kThreads, [&](std::size_t i) {
      const auto& [place, heap] = heaps[i];
      auto gone = Delete(client, place.second, heap, kind == "Pod" ? 0 : -1, stop);
      const std::lock_guard lock(mutex);
      if (!gone) {
        failure = WithContext(gone.error(), "removing leftovers");
        return;
      }
      for (const Leftover& leftover : heap.leftovers) removed.objects.push_back(leftover.what);
    });
  }
  if (auto done = RemoveNamespaces(client, which, removed, stop); !done) failure = done.error();
  if (failure) return *failure;
  std::sort(removed.objects.begin(), removed.objects.end());
  return removed;
}

}  // namespace podreach
