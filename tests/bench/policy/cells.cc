// What one expectation among very many costs: cells MANIFESTS. Asks every policy class about every
// policy class, at two ports. Pods without an address get one.
// Times are the processor's.

#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "podreach/collect/source.h"
#include "podreach/policy/intended_cells.h"

namespace podreach {
namespace {

/// Of the processor: what else runs here doesn't count.
double Seconds(std::clock_t since) {
  return static_cast<double>(std::clock() - since) / CLOCKS_PER_SEC;
}

/// What is resident, in MiB (proc(5), /proc/pid/statm).
double Resident() {
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double pages = 0;
  statm >> size >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

void GiveAddresses(Snapshot& snapshot) {
  std::uint32_t next = (10U << 24U) + 256;
  for (auto& pod : snapshot.pods) {
    if (pod.ips.empty()) pod.ips.push_back(IpAddress::V4(next++));
  }
}

struct Tally {
  std::size_t questions = 0;
  std::size_t of[3] = {};  ///< by Expectation
};

/// Each source's row, whole.
Tally AskAll(IntendedCells& cells, const std::vector<IntendedCells::EndId>& ends) {
  std::vector<IntendedCells::Question> questions;
  for (const auto end : ends) {
    for (const auto* number : {"8080", "5432"})
      questions.push_back({end, Protocol::kTcp, *Port::Parse(number)});
  }
  std::vector<Intention> said(questions.size());
  Tally tally;
  for (const auto source : ends) {
    cells.Row(source, questions, said);
    tally.questions += said.size();
    for (const auto& one : said) ++tally.of[static_cast<std::size_t>(one.expectation)];
  }
  return tally;
}

int Main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: cells MANIFESTS\n";
    return 2;
  }
  auto collected = CollectManifests({argv[1]}, std::cin);
  if (!collected) {
    std::cerr << collected.error().ToString() << '\n';
    return 3;
  }
  GiveAddresses(*collected);
  const auto snapshot = std::make_shared<const Snapshot>(std::move(*collected));
  const Evaluator evaluator(snapshot, {});
  const double before = Resident();

  auto begin = std::clock();
  IntendedCells cells(evaluator);
  std::vector<IntendedCells::EndId> ends;
  for (const auto& of : evaluator.classes()) {
    if (!of.pods.empty()) ends.push_back(cells.Add(evaluator.PeerOf(of.pods.front())));
  }
  // One column and one row bring in every profile.
  const Port port = *Port::From(8080);
  for (const auto end : ends) {
    (void)cells.Of(end, ends.front(), Protocol::kTcp, port);
    (void)cells.Of(ends.front(), end, Protocol::kTcp, port);
  }
  const double ready = Seconds(begin);

  begin = std::clock();
  const Tally tally = AskAll(cells, ends);
  const double asked = Seconds(begin);
  std::printf(
      "%zu pods, %zu classes: made ready in %.2f s; %zu questions in %.2f s, %.0f ns a question; "
      "%.0f MiB more than before\n%zu allow, %zu deny, %zu unknown\n",
      snapshot->pods.size(), ends.size(), ready, tally.questions, asked,
      asked * 1e9 / static_cast<double>(tally.questions), Resident() - before, tally.of[0],
      tally.of[1], tally.of[2]);
  return 0;
}

}  // namespace
}  // namespace podreach

int main(int argc, char** argv) { return podreach::Main(argc, argv); }
