#include "endpoints.h"

namespace accord {

TF_Output findEndpoint(TF_Graph* graph, const std::string& name, const std::string& what) {
  const size_t colon = name.rfind(':');
  const std::string index = colon == std::string::npos ? "0" : name.substr(colon + 1);
  const bool isIndex = !index.empty() && index.size() < 7 && index.find_first_not_of("0123456789") == std::string::npos;
  TF_Operation* operation = TF_GraphOperationByName(graph, name.substr(0, colon).c_str());
  if (isIndex && operation != nullptr && std::stoi(index) < TF_OperationNumOutputs(operation)) {
    return {operation, std::stoi(index)};
  }
  throw std::runtime_error(what + ": the graph has no output " + name);
}

}  // namespace accord
