#include "saved_models.h"

#include <sstream>
#include <utility>

#include "blocked_signals.h"
#include "endpoints.h"
#include "environment.h"
#include "javascript.h"

namespace accord {

namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

std::vector<TF_Output> readEndpoints(TF_Graph* graph, const std::string& names) {
  std::vector<TF_Output> endpoints;
  for (const std::string& name : split(names)) endpoints.push_back(findEndpoint(graph, name, "runSavedModel"));
  return endpoints;
}

// What a session is fed with or gives: TensorFlow's own pointers, and their owner.
struct Tensors {
  std::vector<TF_Tensor*> values;
  explicit Tensors(size_t count) : values(count, nullptr) {}
  Tensors(const Tensors&) = delete;
  ~Tensors() {
    for (TF_Tensor* value : values) TF_DeleteTensor(value);
  }
};

}  // namespace

SavedModels::Model::Model(Model&& other) noexcept
    : graph(std::move(other.graph)), session(std::exchange(other.session, nullptr)) {}

SavedModels::Model::~Model() {
  if (session == nullptr) return;
  Status status;
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
}

int64_t SavedModels::load(napi_env env, const Environment& environment, const napi_value* arguments) {
  const std::string folder = readString(env, arguments[0], "loadSavedModel: folder");
  const std::vector<std::string> tags = split(readString(env, arguments[1], "loadSavedModel: tags"));
  std::vector<const char*> tagPointers;
  for (const std::string& tag : tags) tagPointers.push_back(tag.c_str());
  const std::string& config = environment.context.config();
  Status status;
  const SessionOptions options(TF_NewSessionOptions());
  TF_SetConfig(options.get(), config.data(), config.size(), status);
  status.check("loadSavedModel");
  const BlockedSignals blocked;
  Model model;
  model.graph.reset(TF_NewGraph());
  model.session = TF_LoadSessionFromSavedModel(options.get(), nullptr, folder.c_str(), tagPointers.data(),
                                               static_cast<int>(tags.size()), model.graph.get(), nullptr, status);
  status.check("loadSavedModel");
  models_.emplace(next_, std::move(model));
  return next_++;
}

napi_value SavedModels::run(napi_env env, Environment& environment, const napi_value* arguments) const {
  const Model& model = get(readInteger(env, arguments[0], "runSavedModel: model"));
  const std::vector<int64_t> ids = readIntegers(env, arguments[1], "runSavedModel: inputs");
  TF_Graph* graph = model.graph.get();
  const auto inputs = readEndpoints(graph, readString(env, arguments[2], "runSavedModel: input names"));
  const auto outputs = readEndpoints(graph, readString(env, arguments[3], "runSavedModel: output names"));
  if (inputs.size() != ids.size()) throw ArgumentError("runSavedModel: as many inputs as input names are needed");
  Status status;
  Tensors fed(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    fed.values[i] = TFE_TensorHandleResolve(environment.tensors.get(ids[i], "runSavedModel"), status);
    status.check("runSavedModel");
  }
  Tensors results(outputs.size());
  {
    const BlockedSignals blocked;
    TF_SessionRun(model.session, nullptr, inputs.data(), fed.values.data(), static_cast<int>(inputs.size()),
                  outputs.data(), results.values.data(), static_cast<int>(outputs.size()), nullptr, 0, nullptr, status);
  }
  status.check("runSavedModel");
  std::vector<TensorHandle> handles;
  for (const TF_Tensor* result : results.values) {
    TensorHandle handle(TFE_NewTensorHandle(result, status));
    status.check("runSavedModel");
    handles.push_back(environment.context.place(std::move(handle)));
  }
  return describe(env, environment, std::move(handles));
}

const SavedModels::Model& SavedModels::get(int64_t id) const {
  const auto found = models_.find(id);
  if (found != models_.end()) return found->second;
  throw std::runtime_error("there is no saved model " + std::to_string(id) + ": it was deleted, or never loaded");
}

void SavedModels::remove(int64_t id) {
  get(id);
  models_.erase(id);
}

}  // namespace accord
