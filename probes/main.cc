#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "run_command.h"
#include "sweep_command.h"

namespace {

using podreach::probe::RunOptions;
using podreach::probe::SweepOptions;

void AddSweepOptions(CLI::App& command, SweepOptions& sweep, long& timeout,
                     std::vector<std::string>& scans) {
  const auto option = [&](const char* names, auto& value, const char* help) {
    return command.add_option(names, value, help)->capture_default_str();
  };
  command
      .add_option(
          "TARGETS", sweep.targets,
          "addresses (fe80::1%eth0, too), CIDRs, ranges (10.0.0.1-9), names, @FILE with one a line")
      ->required();
  command.add_option("--exclude", sweep.excluded, "targets to leave out, written alike")
      ->delimiter(',')
      ->allow_extra_args(false);
  option("-p,--ports", sweep.ports, "ports: 22,80,6000-6100, or - for all");
  command.add_option("--top-ports", sweep.top_ports, "instead of -p: the ports of clusters")
      ->check(CLI::IsMember({"cluster"}));
  command
      .add_option("-s", scans, "-sT: TCP connect; -sU: UDP; -sV: ask what answers at open ports")
      ->check(CLI::IsMember({"T", "U", "V"}))
      ->allow_extra_args(false)
      ->type_name("T|U|V");
  command.add_flag("-U,--udp", sweep.udp, "UDP instead of TCP, as -sU");
  option("--in-flight", sweep.limits.in_flight, "attempts open at once")
      ->check(CLI::Range(1U, 65535U));
  option("--rate", sweep.limits.rate, "attempts a second; 0: no limit");
  option("--rate-per-host", sweep.limits.rate_per_host,
         "attempts a second to one address; 0: no limit");
  option("--flows-per-two-minutes", sweep.limits.flows_per_two_minutes,
         "entries that a conntrack table may hold, where a dropped SYN stays two minutes; 0: no "
         "limit");
  option("--timeout", timeout, "milliseconds of silence that end an attempt, until a host is heard")
      ->check(CLI::Range(1, 60000));
  option("--tries", sweep.limits.tries,
         "attempts before silence is taken for filtered; up to 5 where packets get lost")
      ->check(CLI::Range(1U, 5U));
  option("-f,--format", sweep.format,
         "table: what answered, the rest counted; jsonl: every port, as it ends; xml and grepable: "
         "as nmap writes them")
      ->check(CLI::IsMember({"table", "jsonl", "xml", "grepable"}));
  command
      .add_option("--resume", sweep.resume, "keep what ended in this file, and go on from there")
      ->type_name("FILE");
  command.add_flag("-q,--quiet,--no-progress", sweep.quiet, "no progress and no summary on stderr");
}

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
  std::vector<std::string> scans;
  auto* sweep_command =
      app.add_subcommand("sweep", "by hand: sweep the ports of addresses, CIDRs and names");
  AddSweepOptions(*sweep_command, sweep, timeout, scans);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  for (const std::string& scan : scans) {
    sweep.udp = sweep.udp || scan == "U";
    sweep.identify = sweep.identify || scan == "V";
  }
  for (int i = 0; i < argc; ++i) sweep.arguments += (i == 0 ? "" : " ") + std::string(argv[i]);
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
