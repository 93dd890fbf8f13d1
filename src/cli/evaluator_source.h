#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/cluster_connection.h"
#include "cli/option_set.h"
#include "cli/signals.h"
#include "podreach/base/result.h"
#include "podreach/net/cidr.h"
#include "podreach/policy/evaluator.h"

namespace podreach::cli {

/// Whose known deviations from the standard's words a judgement follows.
enum class Cni : std::uint8_t {
  kAuto,  ///< what the snapshot shows
  kStandard,
  kCilium,
};

/// Whose policies are judged without a probe.
struct PolicySourceOptions {
  AccessOptions access;
  std::vector<std::string> manifests;  ///< files, directories, "-"; empty: a live cluster
  Cni cni = Cni::kAuto;
  std::vector<Cidr> pod_cidrs;
};

/// Each adds the flags of its name.
void AddPolicySource(OptionSet& options, PolicySourceOptions& source);
void AddCni(OptionSet& options, Cni& cni);
void AddPodCidrs(OptionSet& options, std::vector<Cidr>& pod_cidrs);

/// The known deviations that --cni names, or `auto` finds.
[[nodiscard]] EnforcerProfile ProfileOf(Cni cni, const Snapshot& snapshot);

/// What `expect`, `explain` and `diff` judge: manifests, or a cluster.
[[nodiscard]] Result<Evaluator> MakeEvaluator(const PolicySourceOptions& options,
                                              const Signals& signals);

/// Warns of what couldn't be read: the answers call what hangs on it unknown, or don't know of it
/// at all. `of` is put before each, where it isn't empty. Whether there was any.
bool SayGaps(const Evaluator& evaluator, std::string_view of = {});

}  // namespace podreach::cli
