#include "fingerprint/reply_text.h"

namespace podreach::probe {

std::string Clean(std::string_view text, std::size_t most) {
  std::string clean;
  for (const char c : text) {
    if (clean.size() == most) break;
    if (c >= 0x20 && c < 0x7f) clean += c;
  }
  return clean;
}

std::optional<std::string_view> Between(std::string_view text, std::string_view begin,
                                        std::string_view end) {
  const std::size_t first = text.find(begin);
  if (first == std::string_view::npos) return {};
  const std::size_t start = first + begin.size();
  const std::size_t stop = text.find(end, start);
  if (stop == std::string_view::npos) return {};
  return text.substr(start, stop - start);
}

std::string JsonText(std::string_view text, std::string_view member) {
  const std::string key = "\"" + std::string(member) + "\"";
  std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  at = text.find_first_not_of(" \t\r\n", at + key.size());
  if (at == std::string_view::npos || text[at] != ':') return {};
  at = text.find_first_not_of(" \t\r\n", at + 1);
  if (at == std::string_view::npos || text[at] != '"') return {};
  const std::size_t end = text.find('"', at + 1);
  return end == std::string_view::npos ? std::string() : Clean(text.substr(at + 1, end - at - 1));
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::uint32_t BigEndian(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at + size > bytes.size()) return 0;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i)
    number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

}  // namespace podreach::probe
