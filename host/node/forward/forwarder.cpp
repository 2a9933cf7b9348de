// SPDX-License-Identifier: Apache-2.0
#include "host/node/forward/forwarder.hpp"

#include <algorithm>

namespace switchyard::forward {

namespace {

Result<std::unique_ptr<http::JsonClient>> client_of(const ForwardConfig& config) {
    if (config.transactions_max == 0 || config.bytes_max == 0 || config.batch_transactions == 0)
        return Error{ErrorCode::InvalidInput, "a forward without room for a transaction"};
    return http::JsonClient::create({.url = config.url, .timeout = config.timeout});
}

}  // namespace

Result<std::unique_ptr<Forwarder>> Forwarder::open(const ForwardConfig& config, Feed feed) {
    auto client = client_of(config);
    if (!client) return client.error();
    return std::unique_ptr<Forwarder>(new Forwarder(config, std::move(feed), *std::move(client)));
}

Forwarder::Forwarder(const ForwardConfig& config, Feed feed,
                     std::unique_ptr<http::JsonClient> client)
    : feed_(std::move(feed)),
      config_(config),
      client_(std::move(client)),
      thread_([this] { run(); }) {}

Forwarder::~Forwarder() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        client_->cancel();
    }
    wake_.notify_all();
    thread_.join();
}

Result<void> Forwarder::reconfigure(const ForwardConfig& config) {
    auto client = client_of(config);
    if (!client) return client.error();
    {
        const std::lock_guard lock(mutex_);
        change_ = Change{config, *std::move(client)};
        client_->cancel();
    }
    wake_.notify_all();
    return {};
}

void Forwarder::take_over() {
    config_ = std::move(change_->config);
    client_ = std::move(change_->client);
    change_.reset();
    sends_single_ = false;
}

ForwardCounters Forwarder::counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
}

void Forwarder::run() {
    auto pause = config_.retry_first;
    Clock::time_point not_before{};
    for (;;) {
        fetch();
        take_up_parked();
        drop_old();
        if (!queue_.empty() && Clock::now() >= not_before) {
            if (send_batch()) {
                not_before = Clock::now() + pause;
                pause = std::min(2 * pause, config_.retry_max);
            } else {
                pause = config_.retry_first;
            }
        }
        std::unique_lock lock(mutex_);
        const bool has_work = !queue_.empty() && Clock::now() >= not_before;
        if (!has_work)
            (void)wake_.wait_for(lock, config_.poll, [this] { return ending_ || change_; });
        if (ending_) return;
        if (!change_) continue;
        take_over();
        pause = config_.retry_first;
        not_before = {};
    }
}

void Forwarder::fetch() {
    fetched_.clear();
    // Asked even without room: what the feed keeps is bounded as well, and the oldest go first.
    const size_t missed = feed_(config_.transactions_max, fetched_);
    if (fetched_.empty() && missed == 0) return;
    size_t dropped = 0;
    const auto now = Clock::now();
    for (Bytes& bytes : fetched_) {
        if (queue_.size() + parked_.size() >= config_.transactions_max ||
            queue_bytes_ + bytes.size() > config_.bytes_max) {
            ++dropped;
            continue;
        }
        queue_bytes_ += bytes.size();
        queue_.push_back({std::move(bytes), now, false});
    }
    count([&](ForwardCounters& counters) {
        counters.offered += fetched_.size();
        counters.dropped_full += dropped;
        counters.missed += missed;
    });
}

void Forwarder::take_up_parked() {
    if (parked_.empty() || Clock::now() < parked_until_) return;
    queue_.insert(queue_.begin(), std::make_move_iterator(parked_.begin()),
                  std::make_move_iterator(parked_.end()));
    parked_.clear();
}

void Forwarder::drop_old() {
    const auto limit = Clock::now() - config_.lifetime;
    size_t dropped = 0;
    // What was sent again keeps its time, so that the front is the oldest.
    while (!queue_.empty() && queue_.front().since < limit) {
        queue_bytes_ -= queue_.front().bytes.size();
        queue_.pop_front();
        ++dropped;
    }
    if (dropped != 0) count([&](ForwardCounters& counters) { counters.dropped_old += dropped; });
}

size_t Forwarder::next_batch() const {
    const size_t most = sends_single_ ? 1 : std::min(queue_.size(), config_.batch_transactions);
    size_t bytes = 0;
    for (size_t i = 0; i < most; ++i) {
        bytes += queue_[i].bytes.size();
        if (i > 0 && bytes > config_.batch_bytes) return i;
    }
    return most;
}

bool Forwarder::send_batch() {
    const size_t size = next_batch();
    std::vector<BytesView> batch;
    size_t again = 0;
    for (size_t i = 0; i < size; ++i) {
        batch.emplace_back(queue_[i].bytes);
        again += queue_[i].was_sent ? 1 : 0;
        queue_[i].was_sent = true;
    }
    count([&](ForwardCounters& counters) {
        ++counters.requests;
        counters.retries += again;
    });
    const auto answer = client_->post(write_batch(batch));
    if (!answer) {
        note_failure(answer.error());
        return true;
    }
    const auto outcomes = read_batch_answer(*answer, size, document_);
    if (!outcomes) {
        sends_single_ = sends_single_ || outcomes.error().code == ErrorCode::Unsupported;
        note_failure(outcomes.error());
        return true;
    }
    settle(*outcomes);
    return std::ranges::all_of(*outcomes,
                               [](Delivery outcome) { return outcome == Delivery::Later; });
}

void Forwarder::settle(std::span<const Delivery> outcomes) {
    size_t accepted = 0;
    size_t known = 0;
    size_t refused = 0;
    for (const Delivery outcome : outcomes) {
        Waiting item = std::move(queue_.front());
        queue_.pop_front();
        accepted += outcome == Delivery::Accepted ? 1 : 0;
        known += outcome == Delivery::Known ? 1 : 0;
        refused += outcome == Delivery::Refused ? 1 : 0;
        if (outcome == Delivery::Later)
            parked_.push_back(std::move(item));
        else
            queue_bytes_ -= item.bytes.size();
    }
    if (accepted + known + refused == outcomes.size()) {
        if (parked_.empty()) parked_pause_ = {};
    } else if (parked_until_ <= Clock::now()) {
        parked_pause_ = parked_pause_.count() == 0 ? config_.retry_first
                                                   : std::min(2 * parked_pause_, config_.retry_max);
        parked_until_ = Clock::now() + parked_pause_;
    }
    count([&](ForwardCounters& counters) {
        counters.accepted += accepted;
        counters.known += known;
        counters.refused += refused;
    });
}

void Forwarder::note_failure(const Error& error) {
    count([&](ForwardCounters& counters) {
        ++counters.failures;
        counters.last_error = error.message;
    });
}

}  // namespace switchyard::forward
