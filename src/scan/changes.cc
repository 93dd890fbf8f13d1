#include "podreach/scan/changes.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "podreach/base/text.h"

namespace podreach {
namespace {

constexpr std::size_t kLongestName = 400;

template <class Key, class Value>
using Objects = std::map<Key, const Value*>;

/// Calls `give` with each key whose object was made, deleted, or isn't `alike` any more.
template <class Key, class Value, class Alike, class Give>
void Compare(const Objects<Key, Value>& before, const Objects<Key, Value>& now, Alike alike,
             Give give) {
  for (const auto& [key, object] : before) {
    const auto found = now.find(key);
    if (found == now.end()) {
      give(key, *object, Change::How::kDeleted);
    } else if (!alike(*object, *found->second)) {
      give(key, *object, Change::How::kChanged);
    }
  }
  for (const auto& [key, object] : now) {
    if (!before.contains(key)) give(key, *object, Change::How::kMade);
  }
}

using PolicyKey = std::tuple<std::string, std::string, std::string, std::string>;
Objects<PolicyKey, PolicyDocument> Policies(const Snapshot& snapshot, const std::string& own) {
  Objects<PolicyKey, PolicyDocument> policies;
  for (const PolicyDocument& policy : snapshot.policy_documents) {
    if (policy.ns != own) policies[{policy.group, policy.kind, policy.ns, policy.name}] = &policy;
  }
  return policies;
}

Objects<std::string, Namespace> Namespaces(const Snapshot& snapshot, const std::string& own) {
  Objects<std::string, Namespace> namespaces;
  for (const Namespace& ns : snapshot.namespaces) {
    if (ns.name != own) namespaces[ns.name] = &ns;
  }
  return namespaces;
}

using Name = std::pair<std::string, std::string>;
Objects<Name, Service> Services(const Snapshot& snapshot) {
  Objects<Name, Service> services;
  for (const Service& service : snapshot.services) services[{service.ns, service.name}] = &service;
  return services;
}

bool AreAlike(const Service& one, const Service& other) {
  return one.type == other.type && one.cluster_ips == other.cluster_ips &&
         std::ranges::equal(one.ports, other.ports, [](const auto& a, const auto& b) {
           return a.protocol == b.protocol && a.port == b.port && a.target_port == b.target_port &&
                  a.node_port == b.node_port;
         });
}

/// Where each Service leads: its endpoints' addresses and ports, ready ones alone.
using Leads = std::set<std::tuple<IpAddress, Protocol, std::optional<Port>>>;
std::map<Name, Leads> Endpoints(const Snapshot& snapshot) {
  std::map<Name, Leads> leads;
  for (const EndpointSlice& slice : snapshot.endpoint_slices) {
    Leads& own = leads[{slice.ns, slice.service}];
    for (const ServiceEndpoint& endpoint : slice.endpoints) {
      if (!endpoint.ready) continue;
      for (const auto& port : slice.ports) own.emplace(endpoint.address, port.protocol, port.port);
    }
  }
  return leads;
}

class Comparison {
 public:
  Comparison(const Snapshot& before, const Snapshot& now, const std::string& own)
      : before_(before), now_(now), own_(own) {}

  Changes Run() {
    ComparePolicies();
    CompareNamespaces();
    CompareServices();
    ComparePods();
    std::ranges::sort(changes_.list, {}, &Change::what);
    return std::move(changes_);
  }

 private:
  void Add(const std::string& what, Change::How how) {
    changes_.list.push_back({CleanText(what, kLongestName), how});
  }

  void ComparePolicies() {
    const auto alike = [](const PolicyDocument& a, const PolicyDocument& b) {
      return a.version == b.version && a.object == b.object;
    };
    Compare(Policies(before_, own_), Policies(now_, own_), alike,
            [this](const PolicyKey&, const PolicyDocument& policy, Change::How how) {
              if (policy.ns.empty()) {
                changes_.everywhere = true;
              } else {
                changes_.namespaces.insert(policy.ns);
              }
              Add(policy.Label(), how);
            });
  }

  void CompareNamespaces() {
    const auto alike = [](const Namespace& a, const Namespace& b) {
      return a.uid == b.uid && a.labels == b.labels;
    };
    Compare(Namespaces(before_, own_), Namespaces(now_, own_), alike,
            [this](const std::string& name, const Namespace&, Change::How how) {
              changes_.namespaces.insert(name);
              Add("namespace " + name, how);
            });
  }

  void CompareServices() {
    std::set<Name> changed;
    Compare(
        Services(before_), Services(now_),
        [](const Service& a, const Service& b) { return AreAlike(a, b); },
        [&](const Name& name, const Service& service, Change::How how) {
          if (service.ns == own_) return;
          changed.insert(name);
          Add("Service " + name.first + "/" + name.second, how);
        });
    const auto before = Endpoints(before_);
    const auto now = Endpoints(now_);
    for (const auto& [name, service] : Services(before_)) {
      const auto old = before.find(name);
      const auto current = now.find(name);
      const Leads none;
      if ((old == before.end() ? none : old->second) ==
              (current == now.end() ? none : current->second) ||
          !changed.insert(name).second)
        continue;
      Add("endpoints of Service " + name.first + "/" + name.second, Change::How::kChanged);
    }
    changes_.services = std::move(changed);
  }

  void ComparePods() {
    std::map<std::string_view, const Pod*> now;
    for (const Pod& pod : now_.pods) now[pod.uid] = &pod;
    for (const Pod& pod : before_.pods) {
      const auto found = now.find(pod.uid);
      if (found == now.end() || pod.ns == own_ || found->second->labels == pod.labels) continue;
      changes_.pod_uids.insert(pod.uid);
      Add("labels of pod " + pod.ns + "/" + pod.name, Change::How::kChanged);
    }
  }

  const Snapshot& before_;
  const Snapshot& now_;
  const std::string& own_;
  Changes changes_;
};

/// A place that leads to pods by way of a Service: by its name where that is the Service's,
/// otherwise by the namespace, which is more than it must be.
bool LeadsThrough(const Place& place, const Name& service) {
  if (place.kind == TargetKind::kService) return place.name == service.first + "/" + service.second;
  return (place.kind == TargetKind::kNodePort || place.kind == TargetKind::kDns) &&
         (place.ns.empty() || place.ns == service.first);
}

bool IsTouched(const Changes& changes, const Snapshot& before, const ScanPlan& plan,
               std::size_t index) {
  const Place& place = plan.places[index];
  if (changes.namespaces.contains(place.ns)) return true;
  const auto& pod = plan.pod_of_place[index];
  if (pod && changes.pod_uids.contains(before.pods[*pod].uid)) return true;
  return std::ranges::any_of(changes.services,
                             [&](const Name& service) { return LeadsThrough(place, service); });
}

}  // namespace

Changes ChangesBetween(const Snapshot& before, const Snapshot& now,
                       const std::string& own_namespace) {
  return Comparison(before, now, own_namespace).Run();
}

void ForgetChanged(const Changes& changes, const Snapshot& before, const ScanPlan& plan,
                   ReachMatrix& observed) {
  if (changes.list.empty()) return;
  std::vector<bool> touched(plan.places.size());
  for (std::size_t i = 0; i < plan.places.size(); ++i)
    touched[i] = IsTouched(changes, before, plan, i);
  for (const Vantage& vantage : plan.vantages) {
    if (IsCanary(vantage.kind)) continue;
    const bool all = changes.everywhere || (vantage.kind != VantageKind::kNode &&
                                            changes.namespaces.contains(vantage.ns));
    const auto targets = observed.targets(vantage.id);
    for (std::uint32_t i = 0; i < targets.size(); ++i) {
      if (all || touched[Index(plan.target(targets[i]).place)])
        observed.Set(vantage.id, i, {.why = NotProbed::kGroundChanged});
    }
  }
}

}  // namespace podreach
