// SPDX-License-Identifier: Apache-2.0
// What the Engine API asks of whoever builds blocks.
#pragma once

#include <optional>
#include <vector>

#include "host/node/archive/archived_block.hpp"

namespace switchyard::node::engine {

/// How a payload is to be built (PayloadAttributesV1 to V4).
struct PayloadAttributes {
    uint64_t timestamp = 0;
    Bytes32 prev_randao;
    Address fee_recipient;
    std::optional<std::vector<Withdrawal>> withdrawals;  ///< Shanghai on
    std::optional<Bytes32> parent_beacon_block_root;     ///< Cancun on
    std::optional<uint64_t> slot_number;                 ///< Amsterdam on
    bool operator==(const PayloadAttributes&) const = default;
};

using PayloadId = FixedBytes<8>;

/// The same for the same parent and attributes, so that asking twice begins one process. `version`
/// is that of the attributes' structure: its first byte, as other clients have it.
[[nodiscard]] PayloadId payload_id(const Bytes32& parent, const PayloadAttributes& attributes,
                                   uint8_t version);

/// Blobs of a block's transactions with what proves them (BlobsBundleV1 and V2).
struct BlobsBundle {
    std::vector<Bytes> commitments;  ///< 48 bytes each
    std::vector<Bytes> proofs;       ///< 48 bytes each: one a blob, or 128 a blob from Osaka on
    std::vector<Bytes> blobs;        ///< 131,072 bytes each
};

/// A block that was built: valid, and not part of the chain.
struct BuiltPayload {
    Block block;  ///< its header is complete
    Bytes32 hash;
    std::vector<Bytes> requests;       ///< EIP-7685, Prague on
    std::optional<Bytes> access_list;  ///< EIP-7928, encoded; Amsterdam on
    Uint256 value;                     ///< wei that the fee recipient receives
    BlobsBundle blobs;
};

/// Builds payloads. All members come from any thread, beside the chain's.
class PayloadBuilder {
  public:
    virtual ~PayloadBuilder() = default;

    /// Begins a build process under `id` on top of `parent`, and improves it until it is taken or
    /// its slot is over. One that runs under this id goes on. Returns without waiting for it.
    virtual void begin(const PayloadId& id, const BlockPointer& parent,
                       const PayloadAttributes& attributes) = 0;
    /// The best so far; ends the process. No value: there is none of this id (any more).
    [[nodiscard]] virtual Result<std::optional<BuiltPayload>> take(const PayloadId& id) = 0;
};

}  // namespace switchyard::node::engine
