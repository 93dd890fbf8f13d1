#include "fingerprint/port_inquiry.h"

#include <algorithm>

#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe {
namespace {

const Question& BannerQuestion() {
  static const Question kBanner;
  return kBanner;
}

/// A TLS alert (RFC 8446 section 6), or what Go's, nginx's and Apache's servers say to HTTP without
/// TLS.
bool AsksForTls(std::string_view bytes) {
  return bytes.starts_with("\x15\x03") ||
         (bytes.starts_with("HTTP/1") && Contains(bytes, " 400 ") && Contains(bytes, "HTTPS"));
}

ServiceIdentity Merged(ServiceIdentity earlier, ServiceIdentity later) {
  if (later.product.empty()) later.product = std::move(earlier.product);
  if (later.version.empty()) later.version = std::move(earlier.version);
  if (later.access == Access::kUnknown) later.access = earlier.access;
  if (!earlier.evidence.empty() && earlier.evidence != later.evidence)
    later.evidence = earlier.evidence + ", " + later.evidence;
  return later;
}

}  // namespace

PortInquiry::PortInquiry(boost::asio::io_context& context, TlsClient& tls,
                         const InquiryLimits& limits, const Endpoint& target, Done done)
    : context_(context),
      tls_client_(tls),
      limits_(limits),
      target_(target),
      done_(std::move(done)),
      deadline_(context) {}

void PortInquiry::Start() {
  deadline_.expires_after(limits_.port);
  deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    // What it knows by now is what there is.
    self->expired_ = true;
    self->stage_ = Stage::kOver;
    self->questions_.clear();
    if (self->dialog_) self->dialog_->Stop();
  });
  for (const Fingerprint& fingerprint : AllFingerprints()) {
    const auto& ports =
        target_.protocol == Protocol::kUdp ? fingerprint.udp_ports : fingerprint.tcp_ports;
    if (Concerns(fingerprint) && ports.Contains(target_.port)) Queue(fingerprint);
  }
  if (target_.protocol == Protocol::kUdp) stage_ = Stage::kOver;
  Next();
}

void PortInquiry::Stop() {
  over_ = true;
  deadline_.cancel();
  if (dialog_) dialog_->Stop();
}

bool PortInquiry::Concerns(const Fingerprint& fingerprint) const {
  const auto& addresses = fingerprint.addresses;
  return addresses.empty() ||
         std::find(addresses.begin(), addresses.end(), target_.address) != addresses.end();
}

void PortInquiry::Queue(const Fingerprint& fingerprint, std::optional<Transport> only) {
  if (expired_) return;
  const bool udp = target_.protocol == Protocol::kUdp;
  for (const Question& question : fingerprint.questions) {
    if ((question.transport == Transport::kUdp) != udp) continue;
    if (only && question.transport != *only) continue;
    const auto knows = [&](const auto& list) {
      return std::find(list.begin(), list.end(), question) != list.end();
    };
    if (!knows(asked_) && !knows(questions_)) questions_.push_back(question);
  }
}

void PortInquiry::Next() {
  if (asked_.size() >= limits_.questions) questions_.clear();
  while (questions_.empty() && stage_ != Stage::kOver && asked_.size() < limits_.questions)
    Advance();
  if (questions_.empty()) return Finish();
  Question question = std::move(questions_.front());
  questions_.pop_front();
  if (question.transport == Transport::kPlain && wants_tls_) return Next();
  Ask(question);
}

void PortInquiry::Advance() {
  const auto add = [this](const Question& question) {
    if (std::find(asked_.begin(), asked_.end(), question) == asked_.end())
      questions_.push_back(question);
  };
  switch (stage_) {
    case Stage::kOwn:
      stage_ = Stage::kBanner;
      if (!spoke_http_ && !wants_tls_ && !tls_) add(BannerQuestion());
      break;
    case Stage::kBanner:
      stage_ = Stage::kRoot;
      if (!wants_tls_ && !tls_ && !best_) add(RootQuestion(Transport::kPlain));
      break;
    case Stage::kRoot:
      stage_ = Stage::kTls;
      if (!spoke_http_ && !best_) add(RootQuestion(Transport::kTls));
      break;
    case Stage::kTls:
      stage_ = Stage::kAnywhere;
      if (best_ || spoke_http_) break;
      for (const Fingerprint& fingerprint : AllFingerprints()) {
        if (fingerprint.asks_anywhere)
          Queue(fingerprint, tls_ || wants_tls_ ? Transport::kTls : Transport::kPlain);
      }
      break;
    case Stage::kAnywhere:
    case Stage::kOver:
      stage_ = Stage::kOver;
      break;
  }
}

std::vector<const Fingerprint*> PortInquiry::Readers(const Question& question) const {
  const bool root =
      question == RootQuestion(Transport::kPlain) || question == RootQuestion(Transport::kTls);
  std::vector<const Fingerprint*> readers;
  for (const Fingerprint& fingerprint : AllFingerprints()) {
    const auto& own = fingerprint.questions;
    if (!Concerns(fingerprint)) continue;
    if ((root && fingerprint.reads_root) ||
        std::find(own.begin(), own.end(), question) != own.end())
      readers.push_back(&fingerprint);
  }
  return readers;
}

void PortInquiry::Ask(const Question& question) {
  asked_.push_back(question);
  readers_ = Readers(question);
  dialog_ = MakeDialog(
      context_, tls_client_, target_, question, limits_.dialog,
      [self = shared_from_this(), question](const Reply& reply) {
        return self->IsEnough(question, reply);
      },
      [self = shared_from_this(), question](const DialogEnd& outcome) {
        self->dialog_.reset();
        if (!self->over_) self->Answered(question, outcome);
      });
  dialog_->Start();
}

std::vector<PortInquiry::Recognised> PortInquiry::Read(const Question& question,
                                                       const Reply& reply) const {
  std::vector<Recognised> all;
  for (const Fingerprint* reader : readers_) all.push_back({reader, reader->read(question, reply)});
  return all;
}

bool PortInquiry::IsEnough(const Question& question, const Reply& reply) {
  bool waiting = false;
  for (const Recognised& one : Read(question, reply)) {
    if (std::holds_alternative<NeedMore>(one.reading)) waiting = true;
    const bool says = !std::holds_alternative<NeedMore>(one.reading) &&
                      !std::holds_alternative<NotThis>(one.reading);
    if (says && !one.fingerprint->general) return true;
  }
  return !waiting;
}

void PortInquiry::Note(const Question& question, const DialogEnd& outcome) {
  if (outcome.connection != DialogEnd::Connection::kFailed) answered_ = true;
  if (outcome.tls) tls_ = outcome.tls;
  if (question.transport != Transport::kPlain) return;
  if (AsksForTls(outcome.bytes)) {
    wants_tls_ = true;
  } else if (outcome.bytes.starts_with("HTTP/1")) {
    spoke_http_ = true;
  }
  if (!outcome.bytes.empty()) spoke_ = true;
}

void PortInquiry::Answered(const Question& question, const DialogEnd& outcome) {
  Note(question, outcome);
  if (outcome.connection == DialogEnd::Connection::kFailed) {
    // Gone meanwhile: what was learned stays, more isn't to be had.
    questions_.clear();
    stage_ = Stage::kOver;
    return Next();
  }
  const bool refused =
      outcome.tls && outcome.tls->client_certificate == ClientCertificate::kDemanded;
  if (refused) {
    questions_.clear();
    stage_ = Stage::kOver;
    return Next();
  }
  // What says that it wants TLS is asked again that way.
  if (question.transport == Transport::kPlain && wants_tls_) return Next();
  for (Recognised& one : Read(question, {outcome.bytes, true})) {
    if (auto* service = std::get_if<ServiceIdentity>(&one.reading)) {
      const bool general = one.fingerprint->general;
      if (general && best_) continue;
      best_ = best_ && best_->name == service->name ? Merged(*best_, *service) : *service;
      best_is_general_ = general;
      if (!general) return Finish();
    } else if (auto* partial = std::get_if<Partial>(&one.reading)) {
      best_ = std::move(partial->service);
      best_is_general_ = false;
      questions_.clear();
      stage_ = Stage::kOver;
      Queue(*one.fingerprint, question.transport);
      return Next();
    } else if (std::holds_alternative<AskOwn>(one.reading)) {
      Queue(*one.fingerprint, question.transport);
    }
  }
  if (best_is_general_ && questions_.empty()) stage_ = Stage::kOver;
  Next();
}

void PortInquiry::Finish() {
  if (over_) return;
  over_ = true;
  deadline_.cancel();
  ServiceIdentity service;
  service.name = "unknown";
  if (best_) {
    service = *std::move(best_);
  } else if (tls_) {
    service.name = "tls";
    service.evidence = "TLS handshake";
    if (tls_->client_certificate == ClientCertificate::kDemanded) {
      service.access = Access::kRefuses;
      service.evidence = "TLS handshake: demands a client certificate";
    }
  } else if (!answered_) {
    service.evidence = "no connection any more";
  } else {
    service.evidence = std::to_string(asked_.size()) + " questions, " +
                       (spoke_ ? "no answer that is known" : "no answer");
  }
  service.tls = std::move(tls_);
  const Done done = std::move(done_);
  done(target_, service);
}

}  // namespace podreach::probe
