// SPDX-License-Identifier: Apache-2.0
#include "host/node/rpc/dispatcher.hpp"

#include <exception>

namespace switchyard::rpc {
namespace {

void write_id(json::Writer& writer, json::Element id) {
    if (id.is_absent()) return writer.null();
    if (const auto number = id.uint64()) return writer.number(*number);
    if (const auto text = id.string()) return writer.string(*text);
    std::string text;
    id.write(text);
    writer.raw(text);
}

void begin_response(json::Writer& writer, json::Element id) {
    writer.begin_object();
    writer.key("jsonrpc");
    writer.raw("\"2.0\"");
    writer.key("id");
    write_id(writer, id);
}

void write_error_member(json::Writer& writer, const RpcError& error) {
    writer.key("error");
    writer.begin_object();
    writer.key("code");
    writer.number(int64_t{error.code});
    writer.member_string("message", error.message);
    if (!error.data.empty()) {
        writer.key("data");
        writer.raw(error.data);
    }
    writer.end_object();
    writer.end_object();
}

RpcError too_large() {
    return {code::kResponseTooLarge, "response too large", {}};
}
RpcError timed_out() {
    return {code::kTimeout, "request timed out", {}};
}

/// What a handler throws is a bug of ours or a lack of memory; the client hears of it, the server
/// goes on.
template <typename Function>
Failure guarded(Function&& function) {
    try {
        return function();
    } catch (const std::exception&) {
        return RpcError{code::kInternal, "method handler crashed", {}};
    }
}

void count(std::atomic<uint64_t>& counter, uint64_t by = 1) {
    counter.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace

struct Dispatcher::Request {
    json::Element id;
    json::Element params;
    std::string_view name;
    const Method* method = nullptr;
    bool well_formed = false;

    [[nodiscard]] bool is_notification() const { return well_formed && id.is_absent(); }
};

/// Writes the responses of one run of calls to one batch handler.
class Dispatcher::Answers final : public BatchAnswers {
  public:
    Answers(const Dispatcher& dispatcher, std::span<const json::Element> ids, json::Writer& writer,
            size_t end_of_batch)
        : dispatcher_(dispatcher), ids_(ids), writer_(writer), end_of_batch_(end_of_batch) {}

    json::Writer& result() override {
        SWITCHYARD_ASSERT(next_ < ids_.size() || open_);
        close();
        mark_ = writer_.mark();
        begin_response(writer_, ids_[next_]);
        writer_.key("result");
        writer_.limit_to(end_of_batch_ - std::min(end_of_batch_, writer_.size()));
        open_ = true;
        return writer_;
    }

    void fail(const RpcError& error) override {
        close();
        SWITCHYARD_ASSERT(next_ < ids_.size());
        dispatcher_.write_error(writer_, ids_[next_++], error);
    }

    /// Ends the last response, and answers for a handler that gave up half-way.
    void finish(const Failure& failure) {
        if (failure && open_) {
            writer_.limit_to(SIZE_MAX);
            writer_.rewind(mark_);
            open_ = false;
        }
        close();
        while (next_ < ids_.size())
            fail(failure.value_or(RpcError{code::kInternal, "method gave no answer", {}}));
    }

  private:
    void close() {
        if (!open_) return;
        open_ = false;
        writer_.limit_to(SIZE_MAX);
        if (writer_.overflowed()) {
            writer_.rewind(mark_);
            count(dispatcher_.counters_.too_large);
            dispatcher_.write_error(writer_, ids_[next_++], too_large());
            return;
        }
        writer_.end_object();
        ++next_;
    }

    const Dispatcher& dispatcher_;
    std::span<const json::Element> ids_;
    json::Writer& writer_;
    size_t end_of_batch_;
    size_t next_ = 0;
    bool open_ = false;
    json::Writer::Mark mark_{};
};

void write_error_response(json::Writer& writer, const RpcError& error) {
    begin_response(writer, {});
    write_error_member(writer, error);
}

void Dispatcher::write_error(json::Writer& writer, json::Element id, const RpcError& error) const {
    count(counters_.errors);
    if (error.code == code::kTimeout) count(counters_.timeouts);
    begin_response(writer, id);
    write_error_member(writer, error);
}

Dispatcher::Request Dispatcher::read_request(json::Element element) {
    Request request;
    bool version = false;
    for (const json::Member& member : element.members()) {
        if (member.name == "jsonrpc") {
            version = member.value.string() == "2.0";
        } else if (member.name == "id") {
            request.id = member.value;
        } else if (member.name == "method") {
            request.name = member.value.string().value_or(std::string_view{});
        } else if (member.name == "params") {
            request.params = member.value;
        }
    }
    const bool id_fits = !request.id.is_object() && !request.id.is_array();
    request.well_formed = version && id_fits && !request.name.empty();
    if (!id_fits) request.id = {};
    return request;
}

/// What can be said against a request before its method runs.
Failure Dispatcher::check(const Request& request) const {
    if (!request.well_formed) return RpcError{code::kInvalidRequest, "invalid request", {}};
    if (request.method == nullptr)
        return RpcError{
            code::kMethodNotFound,
            "the method " + std::string(request.name) + " does not exist/is not available",
            {}};
    if (!request.params.is_absent_or_null() && !request.params.is_array())
        return RpcError{code::kInvalidParams, "non-array args", {}};
    return {};
}

void Dispatcher::call(const Request& request, const DispatchLimits& limits, Context& context,
                      json::Writer& writer) const {
    const Params params(request.params);
    if (request.method->batch_handler) {
        Answers answers(*this, {&request.id, 1}, writer, writer.size() + limits.response_bytes_max);
        answers.finish(guarded([&]() -> Failure {
            request.method->batch_handler({&params, 1}, context, answers);
            return {};
        }));
        return;
    }
    const json::Writer::Mark mark = writer.mark();
    begin_response(writer, request.id);
    writer.key("result");
    Failure failure = guarded([&] { return request.method->handler(params, context, writer); });
    writer.limit_to(SIZE_MAX);
    if (!failure && writer.overflowed()) {
        count(counters_.too_large);
        failure = too_large();
    }
    if (!failure) return writer.end_object();
    writer.rewind(mark);
    write_error(writer, request.id, *failure);
}

void Dispatcher::answer_one(json::Element element, const DispatchLimits& limits, Context& context,
                            json::Writer& writer) const {
    Request request = read_request(element);
    request.method = table_.find(request.name);
    Failure failure = check(request);
    if (!failure && context.expired()) failure = timed_out();
    const json::Writer::Mark mark = writer.mark();
    if (failure) {
        if (!request.well_formed) count(counters_.parse_errors);
        writer.limit_to(SIZE_MAX);
        write_error(writer, request.id, *failure);
    } else {
        call(request, limits, context, writer);
    }
    if (request.is_notification()) {
        count(counters_.notifications);
        writer.rewind(mark);
    }
}

void Dispatcher::answer_batch(DispatchScratch& scratch, json::Element batch,
                              const DispatchLimits& limits, Context& context,
                              std::string& out) const {
    count(counters_.batches);
    json::Writer writer(out);
    const size_t items = batch.size();
    count(counters_.requests, items);
    if (items == 0 || items > limits.batch_items_max) {
        count(counters_.parse_errors);
        if (items == 0) return write_error(writer, {}, {code::kInvalidRequest, "empty batch", {}});
        // The protocol has no error of a whole batch: it goes to the first call in it.
        json::Element id;
        for (const json::Element element : batch.elements()) {
            const Request request = read_request(element);
            if (!request.well_formed || request.id.is_absent()) continue;
            id = request.id;
            break;
        }
        writer.begin_array();
        write_error(writer, id, {code::kInvalidRequest, "batch too large", {}});
        return writer.end_array();
    }

    const json::Writer::Mark start = writer.mark();
    writer.begin_array();
    const size_t end_of_batch = writer.size() + limits.batch_response_bytes_max;
    const Method* run = nullptr;  // of the calls that wait to be served together
    const auto flush = [&] {
        if (scratch.calls_.empty()) return;
        Answers answers(*this, scratch.ids_, writer, end_of_batch);
        answers.finish(guarded([&]() -> Failure {
            if (context.expired()) return timed_out();
            run->batch_handler(scratch.calls_, context, answers);
            return {};
        }));
        scratch.calls_.clear();
        scratch.ids_.clear();
    };
    const Method* last = nullptr;
    for (const json::Element element : batch.elements()) {
        Request request = read_request(element);
        // Batches are mostly of one method.
        request.method =
            last != nullptr && last->name == request.name ? last : table_.find(request.name);
        last = request.method;
        const bool joins = request.method != nullptr && request.method->batch_handler &&
                           !request.is_notification() && !check(request);
        if (!joins || request.method != run) flush();
        if (joins) {
            run = request.method;
            scratch.calls_.emplace_back(request.params);
            scratch.ids_.push_back(request.id);
            continue;
        }
        const size_t room = end_of_batch - std::min(end_of_batch, writer.size());
        writer.limit_to(room);
        if (room == 0 && !request.is_notification()) {
            count(counters_.too_large);
            writer.limit_to(SIZE_MAX);
            write_error(writer, request.id, too_large());
        } else {
            answer_one(element, limits, context, writer);
        }
    }
    flush();
    const bool nothing = writer.size() == start.size + 1;
    writer.limit_to(SIZE_MAX);
    if (nothing) return writer.rewind(start);
    writer.end_array();
}

void Dispatcher::answer(DispatchScratch& scratch, std::string& request, Context& context,
                        std::string& out) const {
    const DispatchLimits& limits = limits_.refresh(scratch.limits_);
    const auto root = scratch.document_.parse_in_place(request, limits.json);
    if (!root) {
        count(counters_.parse_errors);
        json::Writer writer(out);
        return write_error(writer, {}, {code::kParseError, "parse error", {}});
    }
    if (root->is_array()) return answer_batch(scratch, *root, limits, context, out);
    count(counters_.requests);
    json::Writer writer(out, limits.response_bytes_max);
    answer_one(*root, limits, context, writer);
}

}  // namespace switchyard::rpc
