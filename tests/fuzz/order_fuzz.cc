// The order parser on anything: it refuses or reads, and what it reads comes back the same from its
// own encoding.
#include <cstdlib>

#include "podreach/wire/probe_order.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto order = podreach::ParseOrder({reinterpret_cast<const char*>(data), size});
  if (!order) return 0;
  const auto again = podreach::ParseOrder(podreach::EncodeOrder(*order));
  if (!again || *again != *order) std::abort();
  return 0;
}
