// SPDX-License-Identifier: Apache-2.0
#include "host/node/forward/pool_feed.hpp"

#include <array>

#include "host/blobs/network_form.hpp"

namespace switchyard::forward {
namespace {

/// Events that are looked at between two looks at the limit.
constexpr size_t kEvents = 512;

class PoolFeed {
  public:
    PoolFeed(Pool& pool, const blobs::SidecarStore* sidecars)
        : pool_(pool), sidecars_(sidecars), events_(pool.subscribe()) {}

    size_t operator()(size_t limit, std::vector<Bytes>& out) {
        const uint64_t missed = events_->missed();
        size_t gone = missed - missed_;
        missed_ = missed;
        std::array<PoolEvent, kEvents> events;
        while (out.size() < limit) {
            const size_t wanted = std::min(events.size(), limit - out.size());
            const size_t count = events_->poll(std::span(events).first(wanted));
            for (const PoolEvent& event : std::span(events).first(count)) {
                const bool is_in =
                    event.kind == PoolEvent::Kind::Pending || event.kind == PoolEvent::Kind::Queued;
                if (!is_in || !event.is_new) continue;
                Bytes bytes = bytes_of(event.hash);
                if (bytes.empty())
                    ++gone;
                else
                    out.push_back(std::move(bytes));
            }
            if (count < wanted) break;
        }
        return gone;
    }

  private:
    /// Empty: the transaction, or its sidecar, has left.
    [[nodiscard]] Bytes bytes_of(const Bytes32& hash) const {
        const auto found = pool_.find(hash);
        if (!found) return {};
        const Transaction& transaction = found->transaction.transaction;
        if (transaction.type != TransactionType::Blob) return encode_transaction(transaction);
        const auto sidecar = sidecars_ == nullptr ? nullptr : sidecars_->find(hash);
        if (sidecar == nullptr) return {};
        return blobs::encode_network_form(transaction, *sidecar);
    }

    Pool& pool_;
    const blobs::SidecarStore* sidecars_;
    std::shared_ptr<PoolEventQueue> events_;
    uint64_t missed_ = 0;
};

}  // namespace

Feed pool_feed(Pool& pool, const blobs::SidecarStore* sidecars) {
    return [feed = std::make_shared<PoolFeed>(pool, sidecars)](
               size_t limit, std::vector<Bytes>& out) { return (*feed)(limit, out); };
}

}  // namespace switchyard::forward
