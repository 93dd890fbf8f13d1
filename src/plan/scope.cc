#include "plan/scope.h"

#include <algorithm>
#include <string_view>

namespace podreach {
namespace {

/// Whether one of "NS" or "NS/WORKLOAD" names this workload. No entry takes every one.
bool Names(const std::vector<std::string>& entries, const std::string& ns,
           const std::string& workload) {
  return entries.empty() || std::ranges::any_of(entries, [&](std::string_view entry) {
           const auto slash = entry.find('/');
           if (entry.substr(0, slash) != ns) return false;
           return slash == std::string_view::npos || entry.substr(slash + 1) == workload;
         });
}

}  // namespace

bool Scope::Takes(const std::string& ns) const {
  if (std::ranges::find(options_.exclude_namespaces, ns) != options_.exclude_namespaces.end())
    return false;
  return options_.namespaces.empty() ||
         std::ranges::find(options_.namespaces, ns) != options_.namespaces.end();
}

bool Scope::TakesVantage(const std::string& ns, const std::string& workload) const {
  return Takes(ns) && Names(options_.from, ns, workload);
}

bool Scope::TakesTarget(const Pod& pod) const {
  return Takes(pod.ns) && Names(options_.to, pod.ns, pod.workload.name) &&
         (!options_.selector || options_.selector->Matches(pod.labels));
}

bool Scope::TakesService(const Service& service) const {
  return Takes(service.ns) && !options_.selector && Names(options_.to, service.ns, service.name);
}

}  // namespace podreach
