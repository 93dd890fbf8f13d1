#include "podreach/base/time.h"

#include <array>
#include <ctime>

namespace podreach {

std::string FormatUtc(std::chrono::system_clock::time_point time, const char* format) {
  using std::chrono::floor;
  // floor() and no conversion by the library: times before 1970 are cut downwards, too.
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::system_clock::time_point(floor<std::chrono::seconds>(time)));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 128> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::string Rfc3339(std::chrono::system_clock::time_point time, Fraction fraction) {
  std::string text = FormatUtc(time, "%Y-%m-%dT%H:%M:%S");
  if (fraction == Fraction::kMilliseconds) {
    using std::chrono::floor;
    const auto milliseconds = floor<std::chrono::milliseconds>(time.time_since_epoch());
    const auto seconds = floor<std::chrono::seconds>(milliseconds);
    const std::string digits = std::to_string((milliseconds - seconds).count());
    text += "." + std::string(3 - digits.size(), '0') + digits;
  }
  return text + "Z";
}

}  // namespace podreach
