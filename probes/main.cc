#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "run_command.h"
#include "sweep_command.h"

namespace {

int Run(int argc, char** argv) {
  using namespace podreach::probe;
  CLI::App app{"podreach-probe: sweeps TCP and UDP ports, and says what each answered"};
  app.set_version_flag("--version", "podreach-probe " PODREACH_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 2 wrong usage, 3 error, 130 interrupted, 143 terminated.");

  RunOptions run;
  auto* run_command =
      app.add_subcommand("run", "in a pod: take the order, listen, sweep, write frames to stdout");
  run_command->add_option("--order", run.order, "the order's file")->required()->type_name("FILE");
  run_command->add_option("--pod-name", run.pod_name, "whose part of the order is ours")
      ->envname("POD_NAME")
      ->required();
  long lifetime = 900;
  run_command->add_option("--max-lifetime", lifetime, "seconds after which it ends by itself")
      ->capture_default_str();

  SweepOptions sweep;
  sweep.limits.in_flight = 16000;
  long timeout = 400;
  auto* sweep_command =
      app.add_subcommand("sweep", "by hand: sweep the ports of addresses, CIDRs and names");
  sweep_command->add_option("TARGETS", sweep.targets, "addresses, CIDRs or names")->required();
  sweep_command->add_option("-p,--ports", sweep.ports, "ports: 22,80,6000-6100, or - for all")
      ->capture_default_str();
  sweep_command->add_flag("-U,--udp", sweep.udp, "UDP instead of TCP");
  sweep_command->add_option("--in-flight", sweep.limits.in_flight, "attempts open at once")
      ->check(CLI::Range(1U, 65535U))
      ->capture_default_str();
  sweep_command->add_option("--rate", sweep.limits.rate, "attempts a second; 0: no limit")
      ->capture_default_str();
  sweep_command
      ->add_option("--timeout", timeout,
                   "milliseconds of silence that end an attempt, until a host is heard")
      ->check(CLI::Range(1, 60000))
      ->capture_default_str();
  sweep_command
      ->add_option("--tries", sweep.limits.tries, "attempts before silence is taken for filtered")
      ->check(CLI::Range(1U, 5U))
      ->capture_default_str();
  sweep_command
      ->add_option("-f,--format", sweep.format,
                   "table: what answered, the rest counted; jsonl: every port, as it ends")
      ->check(CLI::IsMember({"table", "jsonl"}))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  run.max_lifetime = std::chrono::seconds(lifetime);
  sweep.limits.timeout = std::chrono::milliseconds(timeout);
  return run_command->parsed() ? RunProbe(run) : SweepByHand(sweep);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "podreach-probe: " << error.what() << '\n';
    return 3;
  }
}
