// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/call_request.hpp"

#include "host/chain/sender.hpp"
#include "host/node/json/hex_codec.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::eth {
namespace {

constexpr size_t kListMax = 10'000;

/// Reads members; keeps the first fault.
class MemberReader {
  public:
    explicit MemberReader(json::Element object) : object_(object) {}

    [[nodiscard]] const rpc::Failure& failure() const { return failure_; }
    void refuse(std::string_view name, std::string_view what) {
        if (!failure_)
            failure_ = rpc::invalid_params("invalid argument 0: field '" + std::string(name) +
                                           "': " + std::string(what));
    }
    [[nodiscard]] bool has(std::string_view name) const {
        return !object_.find(name).is_absent_or_null();
    }
    [[nodiscard]] json::Element element(std::string_view name) const { return object_.find(name); }

    template <typename Value>
    void quantity(std::string_view name, std::optional<Value>& out) {
        if (!has(name)) return;
        Value value{};
        check(name, json::decode_quantity(text(name), value));
        out = value;
    }
    template <size_t N>
    void fixed(std::string_view name, std::optional<FixedBytes<N>>& out) {
        if (!has(name)) return;
        FixedBytes<N> value;
        check(name, json::decode_fixed(text(name), value.bytes));
        out = value;
    }
    void data(std::string_view name, Bytes& out, size_t bytes_max) {
        check(name, json::decode_data(text(name), out, bytes_max));
    }
    void check(std::string_view name, json::HexFault fault) {
        if (fault != json::HexFault::None) refuse(name, json::to_string(fault));
    }

  private:
    [[nodiscard]] std::string_view text(std::string_view name) {
        return object_.find(name).string().value_or(std::string_view{});
    }
    json::Element object_;
    rpc::Failure failure_;
};

void read_hashes(MemberReader& reader, std::string_view name, json::Element list,
                 std::vector<Bytes32>& out) {
    if (list.size() > kListMax) return reader.refuse(name, "too many entries");
    for (const json::Element element : list.elements())
        reader.check(name, json::decode_fixed(element.string().value_or(std::string_view{}),
                                              out.emplace_back().bytes));
}

void read_access_list(MemberReader& reader, CallRequest& out) {
    if (!reader.has("accessList")) return;
    const json::Element list = reader.element("accessList");
    out.access_list.emplace();
    if (list.size() > kListMax) return reader.refuse("accessList", "too many entries");
    for (const json::Element element : list.elements()) {
        AccessListEntry& entry = out.access_list->emplace_back();
        reader.check(
            "accessList",
            json::decode_fixed(element.find("address").string().value_or(std::string_view{}),
                               entry.address.bytes));
        read_hashes(reader, "accessList", element.find("storageKeys"), entry.storage_keys);
    }
}

void read_authorizations(MemberReader& reader, CallRequest& out) {
    if (!reader.has("authorizationList")) return;
    const json::Element list = reader.element("authorizationList");
    out.authorizations.emplace();
    if (list.size() > kListMax) return reader.refuse("authorizationList", "too many entries");
    for (const json::Element element : list.elements()) {
        Authorization& entry = out.authorizations->emplace_back();
        const auto text = [&element](const char* name) {
            return element.find(name).string().value_or(std::string_view{});
        };
        constexpr const char* kName = "authorizationList";
        reader.check(kName, json::decode_quantity(text("chainId"), entry.chain_id));
        reader.check(kName, json::decode_fixed(text("address"), entry.address.bytes));
        reader.check(kName, json::decode_quantity(text("nonce"), entry.nonce));
        reader.check(kName, json::decode_quantity(text("yParity"), entry.y_parity));
        reader.check(kName, json::decode_quantity(text("r"), entry.r));
        reader.check(kName, json::decode_quantity(text("s"), entry.s));
    }
}

}  // namespace

rpc::Answer<CallRequest> read_call_request(json::Element object, size_t data_bytes_max) {
    if (!object.is_object())
        return rpc::invalid_params("invalid argument 0: json: cannot unmarshal non-object");
    CallRequest out;
    MemberReader reader(object);
    std::optional<Address> from;
    std::optional<Uint256> value;
    reader.fixed("from", from);
    reader.fixed("to", out.to);
    reader.quantity("gas", out.gas);
    reader.quantity("gasPrice", out.gas_price);
    reader.quantity("maxFeePerGas", out.max_fee_per_gas);
    reader.quantity("maxPriorityFeePerGas", out.max_priority_fee_per_gas);
    reader.quantity("maxFeePerBlobGas", out.max_fee_per_blob_gas);
    reader.quantity("nonce", out.nonce);
    reader.quantity("chainId", out.chain_id);
    reader.quantity("value", value);
    Bytes other;
    if (reader.has("input")) reader.data("input", out.data, data_bytes_max);
    if (reader.has("data")) reader.data("data", other, data_bytes_max);
    read_access_list(reader, out);
    if (reader.has("blobVersionedHashes"))
        read_hashes(reader, "blobVersionedHashes", reader.element("blobVersionedHashes"),
                    out.blob_hashes.emplace());
    read_authorizations(reader, out);
    if (reader.failure()) return *reader.failure();
    if (reader.has("input") && reader.has("data") && out.data != other)
        return rpc::RpcError{rpc::code::kServer,
                             "both \"data\" and \"input\" are set and not equal. Please use "
                             "\"input\" to pass transaction call data",
                             {}};
    if (!reader.has("input")) out.data = std::move(other);
    if (out.gas_price && (out.max_fee_per_gas || out.max_priority_fee_per_gas))
        return rpc::RpcError{rpc::code::kServer,
                             "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
                             {}};
    out.from = from.value_or(Address{});
    out.value = value.value_or(Uint256(0));
    return out;
}

SignedTransaction transaction_of(const CallRequest& request, uint64_t chain_id, uint64_t gas,
                                 uint64_t nonce) {
    SignedTransaction out;
    Transaction& transaction = out.transaction;
    if (request.gas_price)
        transaction.type =
            request.access_list ? TransactionType::AccessList : TransactionType::Legacy;
    else
        transaction.type = TransactionType::DynamicFee;
    if (request.blob_hashes) transaction.type = TransactionType::Blob;
    if (request.authorizations) transaction.type = TransactionType::SetCode;
    transaction.chain_id = chain_id;
    transaction.nonce = request.nonce.value_or(nonce);
    transaction.gas_limit = request.gas.value_or(gas);
    transaction.max_fee_per_gas =
        request.gas_price ? *request.gas_price : request.max_fee_per_gas.value_or(Uint256(0));
    transaction.max_priority_fee_per_gas =
        request.gas_price ? *request.gas_price
                          : request.max_priority_fee_per_gas.value_or(Uint256(0));
    transaction.to = request.to;
    transaction.value = request.value;
    transaction.data = request.data;
    if (request.access_list) transaction.access_list = *request.access_list;
    transaction.max_fee_per_blob_gas = request.max_fee_per_blob_gas.value_or(Uint256(0));
    if (request.blob_hashes) transaction.blob_versioned_hashes = *request.blob_hashes;
    if (request.authorizations) {
        transaction.authorization_list = *request.authorizations;
        // The sender comes out wrong, for want of a signature; the authorities do not.
        SenderResult unused;
        recover_senders({&transaction, 1}, {&unused, 1});
    }
    out.sender = request.from;
    return out;
}

}  // namespace switchyard::node::eth
