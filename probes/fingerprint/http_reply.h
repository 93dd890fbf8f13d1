#pragma once

#include <optional>

#include "fingerprint/fingerprint.h"

namespace podreach::probe {

/// The beginning of an HTTP/1 response (RFC 9112). Its body is as it came: cut where reading ended,
/// and with chunk sizes in it.
struct HttpReply {
  int status = 0;
  std::string_view head;  ///< header lines
  std::string_view body;
  bool complete = false;  ///< no more of the body will come
  /// The value of the first header of this name, without regard to case; empty where there is none.
  [[nodiscard]] std::string_view Header(std::string_view name) const;
  /// 401 or 403.
  [[nodiscard]] bool Refused() const { return status == 401 || status == 403; }
  [[nodiscard]] bool Ok() const { return status == 200; }
};

/// Nothing where the bytes are no response, or its head isn't there whole.
[[nodiscard]] std::optional<HttpReply> ParseHttp(const Reply& reply);
/// Whether the bytes may become a response: a prefix of one, or one.
[[nodiscard]] bool MayBeHttp(std::string_view bytes);

/// GET of a path; more headers each with their line end.
[[nodiscard]] Question Get(Transport transport, std::string_view path,
                           std::string_view headers = {});

/// What an HTTP reply says of a service: nothing where it isn't it.
using HttpJudge = std::function<std::optional<ServiceIdentity>(const Question&, const HttpReply&)>;
/// Reads replies to Get with a judge. Where the body isn't whole, and the judge doesn't know the
/// service yet, it waits for more.
[[nodiscard]] std::function<Reading(const Question&, const Reply&)> ReadHttp(HttpJudge judge);

/// A service that speaks HTTP: asked one path, plain, over TLS or both, at its usual ports and
/// wherever `root_mark` is in the answer to GET /.
struct HttpService {
  std::string name;
  std::vector<std::string> services = {};  ///< as Fingerprint::services
  std::vector<Transport> transports = {Transport::kPlain};
  std::string path;
  std::string root_mark = {};  ///< empty: at its ports alone
  HttpJudge judge;
};
[[nodiscard]] Fingerprint MakeHttpFingerprint(HttpService service);

/// A service that answered; the evidence is the question and the status.
[[nodiscard]] ServiceIdentity HttpAnswer(std::string_view name, const Question& question,
                                         const HttpReply& reply, Access access,
                                         std::string version = {});
/// kAnswers for 200, kRefuses for 401 and 403.
[[nodiscard]] Access AccessOf(const HttpReply& reply);

}  // namespace podreach::probe
