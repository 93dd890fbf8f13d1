#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string_view>
#include <vector>

namespace podreach {

class DiffWriter;
class ExpectWriter;
struct ExplainDocument;
struct IntentDocument;
struct ScanRecord;

/// A form that a document can be written in. Each is one file, src/report/DOCUMENT/NAME.cc, with a
/// function Make() in the namespace DOCUMENT_formats::NAME that gives one of these; CMake lists the
/// files. Flags, help and checks follow from the lists below.
template <class Write>
struct Format {
  std::string_view name;       ///< what -f says: "json"
  std::string_view extension;  ///< of a file in this format, without the dot
  std::string_view help;       ///< a sentence without its subject: "is for people"
  Write write = nullptr;
};

/// How a scan's report is shown, where a format leaves the choice.
enum class Colour : std::uint8_t { kOff, kOn };

/// The writers are made for one stream each, which must outlive them.
using ExpectFormat = Format<std::unique_ptr<ExpectWriter> (*)(std::ostream& out)>;
using DiffFormat = Format<std::unique_ptr<DiffWriter> (*)(std::ostream& out)>;
using IntentsFormat = Format<void (*)(const IntentDocument& document, std::ostream& out)>;
using ExplainFormat = Format<void (*)(const ExplainDocument& document, std::ostream& out)>;
using ScanFormat = Format<void (*)(const ScanRecord& record, Colour colour, std::ostream& out)>;

/// Every format of a document, by name.
[[nodiscard]] const std::vector<ExpectFormat>& ExpectFormats();
[[nodiscard]] const std::vector<DiffFormat>& DiffFormats();
[[nodiscard]] const std::vector<IntentsFormat>& IntentsFormats();
[[nodiscard]] const std::vector<ExplainFormat>& ExplainFormats();
[[nodiscard]] const std::vector<ScanFormat>& ScanFormats();

/// The format of that name; null where there is none.
template <class AnyFormat>
[[nodiscard]] const AnyFormat* FindFormat(const std::vector<AnyFormat>& formats,
                                          std::string_view name) {
  for (const AnyFormat& format : formats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

}  // namespace podreach
