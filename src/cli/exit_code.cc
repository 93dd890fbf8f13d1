#include "cli/exit_code.h"

namespace podreach::cli {

ExitCode ExitCodeOf(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalidInput:
      return kUsage;
    case ErrorKind::kNotFound:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kForbidden:
    case ErrorKind::kConflict:
    case ErrorKind::kGone:
    case ErrorKind::kUnavailable:
    case ErrorKind::kCorrupt:
    case ErrorKind::kCancelled:
    case ErrorKind::kInternal:
      return kFailed;
  }
  return kFailed;
}

}  // namespace podreach::cli
