// SPDX-License-Identifier: Apache-2.0
#include "host/chain/receipt.hpp"

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"

namespace switchyard {
namespace {

void encode_log_list(rlp::Encoder& encoder, std::span<const Log> logs) {
    const size_t list = encoder.begin_list();
    for (const Log& log : logs) {
        const size_t log_list = encoder.begin_list();
        encoder.string(log.address);
        const size_t topics = encoder.begin_list();
        for (const Bytes32& topic : log.topics)
            encoder.string(topic);
        encoder.end_list(topics);
        encoder.string(log.data);
        encoder.end_list(log_list);
    }
    encoder.end_list(list);
}

}  // namespace

Bytes encode_receipt(const Receipt& receipt) {
    Bytes out;
    if (receipt.type != TransactionType::Legacy) out.push_back(static_cast<uint8_t>(receipt.type));
    rlp::Encoder encoder(out);
    const size_t list = encoder.begin_list();
    if (receipt.post_state_root)
        encoder.string(*receipt.post_state_root);
    else
        encoder.uint64(receipt.success ? 1 : 0);
    encoder.uint64(receipt.cumulative_gas_used);
    encoder.string(receipt.logs_bloom);
    encode_log_list(encoder, receipt.logs);
    encoder.end_list(list);
    return out;
}

Bytes encode_logs(std::span<const Log> logs) {
    Bytes out;
    rlp::Encoder encoder(out);
    encode_log_list(encoder, logs);
    return out;
}

}  // namespace switchyard
