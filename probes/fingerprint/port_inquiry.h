#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "fingerprint/dialog.h"
#include "fingerprint/service_identifier.h"

namespace podreach::probe {

/// What one open port is asked, question after question, until it is recognised.
class PortInquiry : public std::enable_shared_from_this<PortInquiry> {
 public:
  using Done = std::function<void(const Endpoint&, const ServiceIdentity&)>;
  PortInquiry(boost::asio::io_context& context, TlsClient& tls, const InquiryLimits& limits,
              const Endpoint& target, Done done);
  void Start();
  /// Ends it without a result.
  void Stop();

 private:
  enum class Stage : std::uint8_t { kOwn, kBanner, kRoot, kTls, kAnywhere, kOver };
  /// What a reply was read as, and who read it so.
  struct Recognised {
    const Fingerprint* fingerprint = nullptr;
    Reading reading;
  };

  [[nodiscard]] bool Concerns(const Fingerprint& fingerprint) const;
  [[nodiscard]] std::vector<const Fingerprint*> Readers(const Question& question) const;
  void Queue(const Fingerprint& fingerprint, std::optional<Transport> only = {});
  void Next();
  void Advance();
  void Ask(const Question& question);
  [[nodiscard]] bool IsEnough(const Question& question, const Reply& reply);
  void Answered(const Question& question, const DialogEnd& outcome);
  void Note(const Question& question, const DialogEnd& outcome);
  [[nodiscard]] std::vector<Recognised> Read(const Question& question, const Reply& reply) const;
  void Finish();

  boost::asio::io_context& context_;
  TlsClient& tls_client_;
  const InquiryLimits limits_;
  const Endpoint target_;
  Done done_;
  boost::asio::steady_timer deadline_;
  Stage stage_ = Stage::kOwn;
  std::deque<Question> questions_;
  std::vector<Question> asked_;
  std::vector<const Fingerprint*> readers_;  // of the question that is asked now
  std::shared_ptr<Dialog> dialog_;
  std::optional<ServiceIdentity> best_;
  bool best_is_general_ = false;
  std::optional<TlsIdentity> tls_;
  bool answered_ = false;    // some connection came about
  bool spoke_http_ = false;  // plain
  bool wants_tls_ = false;   // a plain question was answered by a TLS alert, or by such words
  bool spoke_ = false;       // something came to a plain question
  bool expired_ = false;     // the port's time is over
  bool over_ = false;
};

}  // namespace podreach::probe
