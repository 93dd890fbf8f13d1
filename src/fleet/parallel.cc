#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "fleet/fleet_impl.h"

namespace podreach {

std::string RandomHex(std::size_t digits) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device source;
  std::string text;
  while (text.size() < digits) text += kDigits[source() % kDigits.size()];
  return text;
}

void ForEachParallel(std::size_t count, std::size_t threads,
                     const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> workers;
  for (std::size_t t = 0; t < std::min(threads, count); ++t) {
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    });
  }
}

}  // namespace podreach
