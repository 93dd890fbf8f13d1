#include <csignal>
#include <exception>
#include <iostream>

#include "cli/options.h"

namespace {

int Run(int argc, char** argv) {
  using namespace podreach::cli;
  CLI::App app{
      "podreach: from where in this cluster can what be reached, and is that what the policies "
      "intend?"};
  app.set_version_flag("--version", "podreach " PODREACH_VERSION);
  app.require_subcommand(1);
  ScanOptions scan;
  AccessOptions clean;
  ExpectOptions expect;
  ExplainOptions explain;
  DiffOptions diff;
  auto* scan_command =
      app.add_subcommand("scan", "snapshot, plan, deploy probes, sweep, compare, report");
  AddScanOptions(*scan_command, scan);
  auto* expect_command = app.add_subcommand(
      "expect", "what the policies intend, from a cluster or manifests; no probe");
  AddExpectOptions(*expect_command, expect);
  auto* explain_command = app.add_subcommand(
      "explain", "which rules decide one connection, and what to change; no probe");
  AddExplainOptions(*explain_command, explain);
  auto* diff_command = app.add_subcommand(
      "diff", "what opens and what closes between two sets of manifests or clusters; no probe");
  AddDiffOptions(*diff_command, diff);
  auto* clean_command = app.add_subcommand("clean", "remove what killed scans left in the cluster");
  AddAccessOptions(*clean_command, clean);
  clean_command->footer(
      "Removes what wears podreach's labels and names, and nothing else; also of a scan that runs\n"
      "now. Exit codes: 0 done, 2 wrong usage, 3 error, 130 interrupted, 143 terminated.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kNothing : kUsage;
  }
  if (expect_command->parsed()) return RunExpect(expect);
  if (explain_command->parsed()) return RunExplain(explain);
  if (diff_command->parsed()) return RunDiff(diff);
  return scan_command->parsed() ? RunScan(scan) : RunClean(clean);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "podreach: " << error.what() << '\n';
    return podreach::cli::kFailed;
  }
}
