#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/sim/api.h"
#include "tests/sim/load.h"
#include "tests/sim/resources.h"

namespace podreach::sim {
namespace {

using nlohmann::json;

struct Options {
  LoadOptions load;
  KubeletOptions kubelets;
  std::string denial = "drop";
  std::uint64_t conntrack = 0;
  std::filesystem::path faults;
  std::filesystem::path kubeconfig;
  std::uint16_t port = 0;
  std::int64_t start_delay_ms = 0;
  std::int64_t sync_ms = 60'000;
};

Denial ParseDenial(const std::string& text) {
  if (text == "reject") return Denial::kReject;
  if (text == "reset") return Denial::kReset;
  return text == "none" ? Denial::kNone : Denial::kDrop;
}

/// Every watch, log and connection takes a descriptor.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void WriteKubeconfig(const std::filesystem::path& file, std::uint16_t port) {
  const json config = {
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"current-context", "simulated"},
      {"clusters",
       {{{"name", "simulated"},
         {"cluster", {{"server", "http://127.0.0.1:" + std::to_string(port)}}}}}},
      {"users", {{{"name", "nobody"}, {"user", json::object()}}}},
      {"contexts",
       {{{"name", "simulated"}, {"context", {{"cluster", "simulated"}, {"user", "nobody"}}}}}}};
  std::ofstream(file) << config.dump(1) << '\n';
}

int Serve(const Options& options) {
  World world;
  world.cluster.denial = ParseDenial(options.denial);
  world.cluster.conntrack = options.conntrack;
  if (auto loaded = Load(options.load, world); !loaded) {
    std::cerr << "podreach-sim: " << loaded.error().ToString() << '\n';
    return 2;
  }
  Faults faults;
  if (!options.faults.empty()) {
    auto read = Faults::Read(options.faults);
    if (!read) {
      std::cerr << "podreach-sim: " << read.error().ToString() << '\n';
      return 2;
    }
    faults = *std::move(read);
  }
  boost::asio::io_context context(1);
  Accounts accounts(world.cluster.nodes().size());
  Kubelets kubelets(context, world, accounts, options.kubelets);
  Api api(context, world, kubelets, accounts, faults);
  HttpServer server(context, options.port,
                    [&api](const Request& request) { return api.Handle(request); });
  boost::asio::steady_timer outage(context);
  faults.Begin(context,
               {[&](std::chrono::milliseconds time) {
                  boost::asio::post(context, [&server] { server.BeginOutage(); });
                  outage.expires_after(time);
                  outage.async_wait([&](const boost::system::error_code& error) {
                    if (!error) server.EndOutage();
                  });
                },
                [&] { api.CloseWatches(); }, [&](const ObjectKey& key) { kubelets.Evict(key); },
                [&](const ObjectKey& key) { kubelets.Restart(key); },
                [&](const ObjectKey& key) { api.Remove(world.store.Of(BuiltIn("Pod")), key); },
                [&] { return kubelets.Created(); }});
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int) { context.stop(); });
  if (!options.kubeconfig.empty()) WriteKubeconfig(options.kubeconfig, server.port());
  std::cout << json{{"port", server.port()},
                    {"pods", world.cluster.pods().size()},
                    {"nodes", world.cluster.nodes().size()}}
                   .dump()
            << std::endl;
  context.run();
  std::cout << accounts.Summary().dump() << std::endl;
  return 0;
}

}  // namespace
}  // namespace podreach::sim

int main(int argc, char** argv) {
  using namespace podreach::sim;
  Options options;
  CLI::App app("A Kubernetes API server, kubelets and probes of a cluster that isn't there.");
  app.add_option("--objects", options.load.objects, "manifests: a folder or a file");
  app.add_option("--table", options.load.table, "what deviates from them: a JSON file");
  app.add_option("--faults", options.faults, "faults on a schedule: a JSON file");
  app.add_option("--nodes", options.load.nodes, "how many nodes");
  app.add_option("--pods-per-node", options.load.pods_per_node, "slots of a node");
  app.add_flag("!--no-system", options.load.system, "no CoreDNS and no Service for the API server");
  app.add_option("--conntrack", options.conntrack,
                 "entries that a node's connection table has; 0: probes can't read it");
  app.add_option("--deny", options.denial, "how a denied connection ends")
      ->check(CLI::IsMember({"drop", "reject", "reset", "none"}));
  app.add_option("--start-delay-ms", options.start_delay_ms,
                 "from a pod's creation to its running");
  app.add_option("--sync-ms", options.sync_ms,
                 "until a kubelet sees a changed ConfigMap by itself");
  app.add_option("--port", options.port, "on 127.0.0.1; 0: any");
  app.add_option("--kubeconfig", options.kubeconfig, "where to write a kubeconfig");
  CLI11_PARSE(app, argc, argv);
  options.kubelets = {std::chrono::milliseconds(options.start_delay_ms),
                      std::chrono::milliseconds(options.sync_ms)};
  RaiseDescriptorLimit();
  try {
    return Serve(options);
  } catch (const std::exception& error) {
    std::cerr << "podreach-sim: " << error.what() << '\n';
    return 1;
  }
}
