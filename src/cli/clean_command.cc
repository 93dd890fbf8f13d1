#include <iostream>

#include "cli/cluster_connection.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/log.h"
#include "cli/signals.h"
#include "podreach/fleet/probe_fleet.h"

namespace podreach::cli::clean_command {
namespace {

class Clean final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "clean"; }
  [[nodiscard]] std::string_view help() const override {
    return "Removes what killed scans left in the cluster.";
  }
  [[nodiscard]] std::string_view footer() const override {
    return "It removes what wears podreach's labels and names, and nothing else. This includes "
           "the probes of a scan that runs now.\n\n"
           "Exit codes: 0 it is done; 2 wrong usage; 3 an error; 130 interrupted; 143 terminated.";
  }
  void AddOptions(OptionSet& options) override { AddAccessOptions(options, access_); }

  [[nodiscard]] int Run() override {
    const Signals signals(Signals::Then::kStop);
    auto connection = Connect(access_);
    if (!connection) return Fail(connection.error());
    auto removed = RemoveLeftovers(*connection->client, {}, signals.token());
    if (!removed) return Fail(removed.error());
    for (const auto& object : removed->objects) std::cout << "removed " << object << '\n';
    for (const auto& object : removed->kept) std::cout << "kept " << object << '\n';
    if (removed->objects.empty()) std::cout << "nothing to remove\n";
    return kNothing;
  }

 private:
  AccessOptions access_;
};

}  // namespace

std::unique_ptr<Command> Make() { return std::make_unique<Clean>(); }

}  // namespace podreach::cli::clean_command
