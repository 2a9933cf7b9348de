// SPDX-License-Identifier: Apache-2.0
#include "host/pool/pool.hpp"

#include <map>

#include "host/node/eth/read_values.hpp"
#include "host/node/eth/write_values.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

/// Transactions of one sender, by nonce, as `txpool_content` groups them.
using Group = std::map<std::string, std::vector<PooledTransaction>>;

/// At most so many transactions in one answer; the response's own limit is the writer's.
constexpr size_t kContentMax = 100'000;

void write_pending(json::Writer& out, const PooledTransaction& pooled) {
    write_transaction(out, pooled.transaction.transaction, pooled.transaction.hash,
                      pooled.transaction.sender, {});
}

/// One line, as go-ethereum's `txpool_inspect`.
void write_summary(json::Writer& out, const PooledTransaction& pooled) {
    const Transaction& transaction = pooled.transaction.transaction;
    std::string text = transaction.to ? checksummed(*transaction.to) : "contract creation";
    text += ": " + to_decimal(transaction.value) + " wei + " +
            std::to_string(transaction.gas_limit) + " gas × " +
            to_decimal(transaction.max_fee_per_gas) + " wei";
    out.string(text);
}

void write_by_nonce(json::Writer& out, const std::vector<PooledTransaction>& transactions,
                    bool executable, bool summary) {
    out.begin_object();
    for (const PooledTransaction& pooled : transactions) {
        if (pooled.executable != executable) continue;
        out.key(std::to_string(pooled.transaction.transaction.nonce));
        if (summary)
            write_summary(out, pooled);
        else
            write_pending(out, pooled);
    }
    out.end_object();
}

void write_groups(json::Writer& out, const Group& groups, bool executable, bool summary) {
    out.begin_object();
    for (const auto& [sender, transactions] : groups) {
        bool any = false;
        for (const PooledTransaction& pooled : transactions)
            any = any || pooled.executable == executable;
        if (!any) continue;
        out.key(sender);
        write_by_nonce(out, transactions, executable, summary);
    }
    out.end_object();
}

Group content_of(const Pool& pool, const Context& context) {
    constexpr size_t kPiece = 1024;
    Group out;
    size_t count = 0;
    std::optional<uint32_t> from = 0;
    while (from && count < kContentMax && !context.expired()) {
        std::vector<PooledTransaction> piece;
        from = pool.content(*from, kPiece, piece);
        count += piece.size();
        for (PooledTransaction& pooled : piece) {
            const std::string sender = checksummed(pooled.transaction.sender);
            out[sender].push_back(std::move(pooled));
        }
    }
    return out;
}

}  // namespace

bool write_pooled_transaction(json::Writer& out, const EthBackend& backend, const Bytes32& hash) {
    if (backend.pool == nullptr) return false;
    const auto pooled = backend.pool->find(hash);
    if (!pooled) return false;
    write_pending(out, *pooled);
    return true;
}

std::optional<uint64_t> pooled_nonce(const EthBackend& backend, const Address& sender) {
    return backend.pool != nullptr ? backend.pool->next_nonce(sender) : std::nullopt;
}

void add_pool_methods(rpc::MethodTable& table, EthBackend& backend) {
    table.add("txpool_status", [&](const Params&, Context&, json::Writer& out) -> Failure {
        const PoolStatus status = backend.pool != nullptr ? backend.pool->status() : PoolStatus{};
        out.begin_object();
        out.member_quantity("pending", uint64_t{status.executable});
        out.member_quantity("queued", uint64_t{status.queued});
        out.end_object();
        return {};
    });
    const auto add_content = [&](const char* name, bool summary) {
        table.add(
            name,
            [&backend, summary](const Params&, Context& context, json::Writer& out) -> Failure {
                Group groups;
                if (backend.pool != nullptr) groups = content_of(*backend.pool, context);
                out.begin_object();
                out.key("pending");
                write_groups(out, groups, true, summary);
                out.key("queued");
                write_groups(out, groups, false, summary);
                out.end_object();
                return {};
            });
    };
    add_content("txpool_content", false);
    add_content("txpool_inspect", true);
    table.add("txpool_contentFrom",
              [&](const Params& params, Context&, json::Writer& out) -> Failure {
                  Arguments arguments(params, 1);
                  const Address sender = arguments.address(0);
                  if (arguments.failure()) return arguments.failure();
                  std::vector<PooledTransaction> transactions;
                  if (backend.pool != nullptr)
                      transactions = backend.pool->of_sender(sender, kContentMax);
                  out.begin_object();
                  out.key("pending");
                  write_by_nonce(out, transactions, true, false);
                  out.key("queued");
                  write_by_nonce(out, transactions, false, false);
                  out.end_object();
                  return {};
              });
}

}  // namespace switchyard::node::eth
