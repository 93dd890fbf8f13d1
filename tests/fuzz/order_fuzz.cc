// The order parser and the parser of host lists on anything: they refuse or read, and what they
// read comes back the same from its own encoding.
#include <cstdlib>

#include "podreach/wire/probe_order.h"

namespace {

void CheckHosts(std::string_view text) {
  const auto hosts = podreach::ParseHosts(text);
  if (!hosts) return;
  const auto again = podreach::ParseHosts(podreach::EncodeHosts(*hosts));
  if (!again || *again != *hosts) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  CheckHosts(input);
  const auto order = podreach::ParseOrder(input);
  if (!order) return 0;
  const auto again = podreach::ParseOrder(podreach::EncodeOrder(*order));
  if (!again || *again != *order) std::abort();
  for (const std::string& ask : order->asks) CheckHosts(ask);
  return 0;
}
