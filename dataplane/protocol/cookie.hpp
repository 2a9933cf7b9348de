// SPDX-License-Identifier: Apache-2.0
// Stateless cookies: a source proves that it receives at the address it sends from before anything
// is remembered of it.
#pragma once

#include <cstdint>

#include "dataplane/protocol/ip_address.hpp"
#include "dataplane/protocol/siphash.hpp"

namespace switchyard::dataplane {

/// Makes and checks cookies. A cookie is SipHash-2-4 over address (16 bytes), port and session
/// under the key of an epoch; the keys of epochs come from one master key in the same way. It holds
/// in its epoch and the next, and is never 0. Remembers nothing of any source. One thread.
class CookieMint {
  public:
    /// Epochs last `epoch_ns`. `master` must be unpredictable (`fill_random`), except in tests.
    CookieMint(const SipKey& master, uint64_t epoch_ns);

    [[nodiscard]] uint64_t mint(const SourceAddress& source, uint64_t session, uint64_t now_ns);
    [[nodiscard]] bool holds(uint64_t cookie, const SourceAddress& source, uint64_t session,
                             uint64_t now_ns);

  private:
    void advance(uint64_t now_ns);
    [[nodiscard]] SipKey key_of(uint64_t epoch) const;

    SipKey master_;
    uint64_t epoch_ns_;
    uint64_t epoch_ = 0;
    SipKey current_;
    SipKey previous_;
};

}  // namespace switchyard::dataplane
