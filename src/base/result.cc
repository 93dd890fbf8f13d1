#include "podreach/base/result.h"

#include <stdexcept>

namespace podreach {

std::string Error::ToString() const { return hint.empty() ? message : message + "\n  " + hint; }

Error WithContext(Error error, std::string_view context) {
  error.message.insert(0, std::string(context) + ": ");
  return error;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                         ": value of a failed Result: " + error.message);
}

}  // namespace podreach
