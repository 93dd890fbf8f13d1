#include "cli/forecast_text.h"

#include <string>

#include "podreach/base/text.h"

namespace podreach::cli {
namespace {

/// Of more targets than this, the others are counted.
constexpr std::size_t kListed = 5'000;

std::string Number(std::uint64_t number) { return std::to_string(number); }

}  // namespace

void WriteForecast(const ScanForecast& forecast, std::ostream& out) {
  const ScanPlan& plan = forecast.plan;
  for (const Vantage& vantage : plan.vantages)
    out << "vantage  " << ToString(vantage.kind) << "  " << CleanText(vantage.name, 200) << '\n';
  for (std::uint32_t i = 0; i < plan.targets.size() && i < kListed; ++i) {
    const Target& target = plan.targets[i];
    const Place& place = plan.place(TargetId{i});
    out << "target   " << ToString(place.kind) << "  " << CleanText(NameOf(place, target), 200)
        << "  " << EndpointOf(place, target).ToString() << '\n';
  }
  if (plan.targets.size() > kListed)
    out << "target   and " << plan.targets.size() - kListed << " more\n";
  for (const NotCovered& refused : plan.not_covered) {
    out << "not covered  " << CleanText(refused.what, 200) << ": " << CleanText(refused.reason, 400)
        << '\n';
  }
  for (const RecordedGap& gap : forecast.gaps)
    out << "not read  " << CleanText(gap.resource, 200) << ": " << CleanText(gap.reason, 400)
        << '\n';
  const DiscoveryPlan& discovery = forecast.discovery;
  out << "\nvantages           " << plan.vantages.size() << ", in " << Number(forecast.waves)
      << (forecast.waves == 1 ? " wave\n" : " waves\n") << "target groups      "
      << plan.groups.size()
      << (plan.enumerated ? ", every pod of them asked\n"
                          : ", one pod of each policy class asked\n")
      << "undeclared ports   of " << discovery.swept_groups << " groups, 65,535 each";
  for (std::size_t i = 0; i < discovery.next.size(); ++i)
    out << (i == 0 ? "; next: " : ", ") << CleanText(discovery.next[i], 100);
  out << "\ncells              " << forecast.cells << "\nattempts           " << forecast.attempts
      << ", without retries\nflows of a node    at most " << forecast.most_flows_of_a_node
      << "\nAPI requests       about " << forecast.requests << "\nbytes of orders    about "
      << forecast.order_bytes << "\ntime               about " << forecast.time.count()
      << " s, without pod starts\n";
}

}  // namespace podreach::cli
