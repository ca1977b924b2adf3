#include "functions.h"

#include "endpoints.h"
#include "environment.h"
#include "javascript.h"

namespace accord {

namespace {

Graph importGraph(const TypedArray& bytes, const std::string& what) {
  Status status;
  Graph graph(TF_NewGraph());
  const ImportOptions options(TF_NewImportGraphDefOptions());
  const Buffer buffer(TF_NewBufferFromString(bytes.data, bytes.bytes));
  TF_GraphImportGraphDef(graph.get(), buffer.get(), options.get(), status);
  status.check(what);
  return graph;
}

std::vector<TF_Output> readEndpoints(napi_env env, TF_Graph* graph, napi_value names, const std::string& what) {
  std::vector<TF_Output> endpoints;
  for (const std::string& name : readStrings(env, names, what.c_str())) {
    endpoints.push_back(findEndpoint(graph, name, what));
  }
  return endpoints;
}

}  // namespace

void addFunction(napi_env env, Environment& environment, const napi_value* arguments) {
  const std::string name = readName(env, arguments[0], "addFunction: name");
  const std::string what = "addFunction: " + name;
  TFE_Context* context = environment.context.get();
  if (TFE_ContextHasFunction(context, name.c_str())) {
    throw std::runtime_error(what + ": there is a function of this name already: remove it first");
  }
  const Graph graph = importGraph(readBytes(env, arguments[1], "addFunction: graph"), what);
  const std::vector<TF_Output> inputs = readEndpoints(env, graph.get(), arguments[2], what + ": inputs");
  const std::vector<TF_Output> outputs = readEndpoints(env, graph.get(), arguments[3], what + ": outputs");
  constexpr unsigned char keepName = 0;
  constexpr int allOperations = -1;
  Status status;
  const Function function(TF_GraphToFunction(graph.get(), name.c_str(), keepName, allOperations, nullptr,
                                             static_cast<int>(inputs.size()), inputs.data(),
                                             static_cast<int>(outputs.size()), outputs.data(), nullptr, nullptr,
                                             nullptr, status));
  status.check(what);
  TFE_ContextAddFunction(context, function.get(), status);
  status.check(what);
}

void removeFunction(napi_env env, Environment& environment, const napi_value* arguments) {
  const std::string name = readName(env, arguments[0], "removeFunction: name");
  TFE_Context* context = environment.context.get();
  if (!TFE_ContextHasFunction(context, name.c_str())) {
    throw std::runtime_error("removeFunction: there is no function " + name);
  }
  environment.queue.drain();
  Status status;
  TFE_ContextRemoveFunction(context, name.c_str(), status);
  status.check("removeFunction: " + name);
  TFE_ContextClearCaches(context);  // kernels of the function, which would stay for ever otherwise
}

}  // namespace accord
