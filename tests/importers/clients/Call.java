import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.JSON;
import org.openapitools.client.api.AdvancedApi;
import org.openapitools.client.api.SourcesApi;
import org.openapitools.client.api.TrackingApi;
import org.openapitools.client.model.*;

/** Calls the service by what "openapi-generator-cli -g java" made; the address is that of the document. */
public class Call {
  public static void main(String[] arguments) throws Exception {
    ApiClient client = new ApiClient();
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + System.getenv("TOKEN")));
    ConnectionOrName lab = new ConnectionOrName(ConnectionName.LAB);
    TrackRequestInputs event = new TrackRequestInputs().event("Order Completed").userId("openapi-generator java");
    CustomApiCallRequestInputs group =
        new CustomApiCallRequestInputs()
            .path("/group")
            .body(Map.of("userId", "u-1", "groupId", "openapi-generator java"));
    Track200Response tracked =
        new TrackingApi(client).track(new TrackRequest().inputs(event).connection(lab), null);
    ListSources200Response listed =
        new SourcesApi(client)
            .listSources(new ListSourcesRequest().inputs(new ListSourcesRequestInputs()).connection(lab), null);
    CustomApiCallRequest custom = new CustomApiCallRequest().inputs(group).connection(lab).confirm(true);
    CustomApiCall200Response called = new AdvancedApi(client).customApiCall(custom, null);
    System.out.println(
        JSON.getDefault()
            .getMapper()
            .writeValueAsString(
                Map.of(
                    "event", tracked.getOutputs().getEvent(),
                    "source", listed.getOutputs().getSources().get(0).getName(),
                    "status", called.getOutputs().getStatus(),
                    "body", called.getOutputs().getBody())));
  }
}
