#include <iostream>

#include "cli/options.h"
#include "cli/signals.h"
#include "podreach/fleet/probe_fleet.h"
#include "podreach/kube/kube_client.h"
#include "podreach/kube/kubeconfig.h"

namespace podreach::cli {
namespace {

int Fail(const Error& error) {
  std::cerr << "podreach clean: " << error.ToString() << '\n';
  return error.kind == ErrorKind::kInvalidInput || error.kind == ErrorKind::kNotFound ? kUsage
                                                                                      : kFailed;
}

}  // namespace

int RunClean(const AccessOptions& options) {
  const Signals signals(Signals::Then::kStop);
  auto access = FindClusterAccess(options.kubeconfig, options.context);
  if (!access) return Fail(access.error());
  auto transport = MakeCurlTransport(*access);
  if (!transport) return Fail(transport.error());
  KubeClient client(**transport, RealSleeper());
  auto removed = RemoveLeftovers(client, {}, signals.token());
  if (!removed) return Fail(removed.error());
  for (const auto& object : removed->objects) std::cout << "removed " << object << '\n';
  for (const auto& object : removed->kept) std::cout << "kept " << object << '\n';
  if (removed->objects.empty()) std::cout << "nothing to remove\n";
  return kNothing;
}

}  // namespace podreach::cli
