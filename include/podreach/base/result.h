#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <utility>

namespace podreach {

/// What kind of failure an Error is: what a caller may decide by.
enum class ErrorKind {
  kInvalidInput,     ///< the user's flag, file or object is wrong
  kNotFound,         ///< what was named doesn't exist
  kUnauthenticated,  ///< 401: no valid credentials
  kForbidden,        ///< 403: RBAC, quota, Pod Security or a webhook said no
  kConflict,         ///< 409: it exists already, or changed meanwhile
  kGone,             ///< 410: a continue token or resource version expired
  kUnavailable,      ///< unreachable, timed out, 429 or 5xx
  kCorrupt,          ///< bytes that break their format
  kCancelled,        ///< stopped by a signal
  kInternal,         ///< our own fault
};

/// Says what was tried and on what, what went wrong, and what the user can do about it.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;  ///< what was tried, on what, and what happened
  std::string hint;     ///< what to do; may be empty

  /// "message\n  hint", or the message alone.
  [[nodiscard]] std::string ToString() const;
};

/// A value or an Error. Result<void> for what only succeeds or fails.
template <class T>
using Result = boost::system::result<T, Error>;

[[nodiscard]] inline Error MakeError(ErrorKind kind, std::string message, std::string hint = {}) {
  return Error{kind, std::move(message), std::move(hint)};
}

/// Puts "context: " before an error's message.
[[nodiscard]] Error WithContext(Error error, std::string_view context);

/// What boost::system::result calls when value() is asked of a failure: a bug of the caller.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

}  // namespace podreach
