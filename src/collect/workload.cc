#include "collect/workload.h"

#include <charconv>
#include <chrono>

namespace podreach {
namespace {

using Minutes = std::chrono::sys_time<std::chrono::minutes>;

/// meta/v1 Time, "2006-01-02T15:04:05Z"; the seconds are dropped.
std::optional<Minutes> ParseTime(std::string_view text) {
  const auto number = [&](std::size_t start, std::size_t length) -> std::optional<int> {
    if (text.size() < start + length) return std::nullopt;
    int value = 0;
    const char* const first = text.data() + start;
    const auto [end, error] = std::from_chars(first, first + length, value);
    if (error != std::errc() || end != first + length) return std::nullopt;
    return value;
  };
  const auto year = number(0, 4);
  const auto month = number(5, 2);
  const auto day = number(8, 2);
  const auto hour = number(11, 2);
  const auto minute = number(14, 2);
  if (!year || !month || !day || !hour || !minute || *month < 0 || *day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return Minutes(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute);
}

/// `name` without "-suffix" at its end; nothing where it doesn't end so.
std::optional<std::string> WithoutSuffix(std::string_view name, std::string_view suffix) {
  if (suffix.empty() || name.size() < suffix.size() + 2 || !name.ends_with(suffix)) {
    return std::nullopt;
  }
  name.remove_suffix(suffix.size());
  if (!name.ends_with('-')) return std::nullopt;
  name.remove_suffix(1);
  return std::string(name);
}

std::optional<std::string> CronJobOf(std::string_view job, std::string_view pod_created) {
  // A late start, and pods of a Job's later tries, come after the scheduled time; clocks differ a
  // little.
  constexpr std::chrono::minutes kLatest = std::chrono::days(10);
  constexpr std::chrono::minutes kEarliest{-5};
  const std::string_view digits = job.substr(job.rfind('-') + 1);
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  const std::optional<Minutes> created = ParseTime(pod_created);
  if (!created) return std::nullopt;
  const std::chrono::minutes age = *created - Minutes(std::chrono::minutes(number));
  if (age < kEarliest || age > kLatest) return std::nullopt;
  return WithoutSuffix(job, digits);
}

}  // namespace

WorkloadRef WorkloadOf(const Field& pod, const ObjectName& name, const Labels& labels) {
  const Field metadata = pod.At("metadata");
  for (const Field& owner : metadata.At("ownerReferences").Items()) {
    if (!owner.At("controller").Flag(false)) continue;
    const std::string kind = owner.At("kind").Text();
    const std::string owner_name = owner.At("name").Text();
    if (kind.empty() || owner_name.empty() || kind == "Node") break;
    if (kind == "ReplicaSet") {
      const auto hash = labels.find("pod-template-hash");
      if (hash != labels.end()) {
        if (auto deployment = WithoutSuffix(owner_name, hash->second)) {
          return {"Deployment", name.ns, *std::move(deployment)};
        }
      }
    }
    if (kind == "Job") {
      const std::string created = metadata.At("creationTimestamp").Text();
      if (auto cron_job = CronJobOf(owner_name, created)) {
        return {"CronJob", name.ns, *std::move(cron_job)};
      }
    }
    return {kind, name.ns, owner_name};
  }
  return {"Pod", name.ns, name.name};
}

}  // namespace podreach
