// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/call_tracer.hpp"
#include "host/node/eth/prestate_tracer.hpp"
#include "host/node/eth/struct_logger.hpp"

namespace switchyard::node::eth {
namespace {

/// Sees nothing.
class NoopTracer final : public TransactionTracer {
  public:
    using TransactionTracer::TransactionTracer;
    void on_instruction(const evm::TracedInstruction&) override {}
    void write(json::Writer& out, const TracedOutcome&) const override {
        out.begin_object();
        out.end_object();
    }
};

bool flag(json::Element object, const char* name, bool otherwise) {
    return object.find(name).boolean().value_or(otherwise);
}

}  // namespace

rpc::Answer<TracerChoice> TracerChoice::read(json::Element options, const TraceBudget& budget) {
    TracerChoice out;
    out.budget_ = std::make_shared<TraceBudget>(budget);
    const json::Element config = options.find("tracerConfig");
    const auto name = options.find("tracer").string();
    if (!name || name->empty()) {
        StructLogOptions log;
        log.memory = flag(options, "enableMemory", false);
        log.stack = !flag(options, "disableStack", false);
        log.storage = !flag(options, "disableStorage", false);
        log.return_data = flag(options, "enableReturnData", false);
        log.limit = options.find("limit").uint64().value_or(0);
        out.make_ = [log](TraceBudget& left) { return std::make_unique<StructLogger>(log, left); };
    } else if (*name == "callTracer") {
        const bool only_top = flag(config, "onlyTopCall", false);
        const bool with_log = flag(config, "withLog", false);
        out.make_ = [only_top, with_log](TraceBudget& left) {
            return std::make_unique<CallTracer>(only_top, with_log, left);
        };
    } else if (*name == "prestateTracer") {
        PrestateTracer::Options prestate;
        prestate.diff = flag(config, "diffMode", false);
        prestate.code = !flag(config, "disableCode", false);
        prestate.storage = !flag(config, "disableStorage", false);
        out.make_ = [prestate](TraceBudget& left) {
            return std::make_unique<PrestateTracer>(prestate, left);
        };
    } else if (*name == "noopTracer") {
        out.make_ = [](TraceBudget& left) { return std::make_unique<NoopTracer>(left); };
    } else {
        return rpc::RpcError{rpc::code::kServer,
                             "tracer not found: \"" + std::string(*name) +
                                 "\"; there are callTracer, prestateTracer, noopTracer and, "
                                 "without a name, the struct logger",
                             {}};
    }
    return out;
}

std::unique_ptr<TransactionTracer> TracerChoice::make() {
    return make_(*budget_);
}

}  // namespace switchyard::node::eth
