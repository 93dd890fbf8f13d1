#include "fleet/order_plan.h"

#include <algorithm>
#include <span>

namespace podreach {
namespace {

void Split(const HostList& hosts, std::size_t first, std::size_t count, std::size_t max_bytes,
           std::vector<AskPart>& parts) {
  const auto part = std::span(*hosts).subspan(first, count);
  std::string text = count <= kMaxHostsOfAsk ? EncodeHosts(part) : std::string();
  if (count > 1 && (text.empty() || text.size() > max_bytes)) {
    Split(hosts, first, count / 2, max_bytes, parts);
    Split(hosts, first + count / 2, count - count / 2, max_bytes, parts);
    return;
  }
  const bool whole = count == hosts->size();
  parts.push_back(
      {whole ? hosts : std::make_shared<const std::vector<HostOrder>>(part.begin(), part.end()),
       static_cast<std::uint32_t>(first), std::make_shared<const std::string>(std::move(text))});
}

}  // namespace

const std::vector<AskPart>& AskTexts::PartsOf(const HostList& hosts, std::size_t max_bytes) {
  auto& parts = parts_[{hosts.get(), max_bytes}];
  if (parts.empty()) Split(hosts, 0, hosts->size(), max_bytes, parts);
  return parts;
}

std::vector<NamespaceRound> PlanRounds(const std::vector<std::pair<VantageId, HostList>>& asks,
                                       std::size_t max_bytes, AskTexts& texts) {
  struct Queue {
    const std::vector<AskPart>* parts = nullptr;
    std::size_t next = 0;
    std::vector<VantageId> vantages;
  };
  std::vector<Queue> queues;
  std::map<const void*, std::size_t> queue_of;
  for (const auto& [vantage, hosts] : asks) {
    const auto [entry, is_new] = queue_of.try_emplace(hosts.get(), queues.size());
    if (is_new) queues.push_back({&texts.PartsOf(hosts, max_bytes), 0, {}});
    queues[entry->second].vantages.push_back(vantage);
  }
  std::vector<NamespaceRound> rounds;
  const auto is_open = [](const Queue& queue) { return queue.next < queue.parts->size(); };
  while (std::ranges::any_of(queues, is_open)) {
    NamespaceRound round;
    std::size_t bytes = 0;
    for (Queue& queue : queues) {
      if (!is_open(queue)) continue;
      const AskPart& part = (*queue.parts)[queue.next];
      const bool fits = bytes + part.text->size() <= max_bytes;
      if (!fits && !round.asks.empty()) continue;
      bytes += part.text->size();
      ++queue.next;
      for (const VantageId vantage : queue.vantages)
        round.ask_of[vantage] = static_cast<std::uint32_t>(round.asks.size());
      round.asks.push_back(part);
    }
    rounds.push_back(std::move(round));
  }
  return rounds;
}

}  // namespace podreach
