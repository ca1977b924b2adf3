// Graphs in SavedModel folders, each run in a session of its own.
#pragma once

#include <node_api.h>

#include <unordered_map>

#include "tensorflow.h"

namespace accord {

class Environment;

class SavedModels {
 public:
  // Arguments: folder, tags separated by commas. Gives the number of the model.
  int64_t load(napi_env env, const Environment& environment, const napi_value* arguments);
  // Arguments: number, numbers of tensors, names of inputs and of outputs separated by commas.
  napi_value run(napi_env env, Environment& environment, const napi_value* arguments) const;
  void remove(int64_t id);
  size_t size() const { return models_.size(); }

 private:
  // A session must be closed and deleted before its graph.
  struct Model {
    Graph graph;
    TF_Session* session = nullptr;
    Model() = default;
    Model(Model&& other) noexcept;
    Model& operator=(Model&&) = delete;
    ~Model();
  };
  const Model& get(int64_t id) const;

  std::unordered_map<int64_t, Model> models_;
  int64_t next_ = 0;
};

}  // namespace accord
