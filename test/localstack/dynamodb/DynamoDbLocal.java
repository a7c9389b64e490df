import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Starts DynamoDB Local on loopback only (its own main class listens everywhere), and ends with LocalStack. */
public final class DynamoDbLocal {
  /** LocalStack also passes this jar as a Java agent, in place of one that it would download. Nothing to do there. */
  public static void premain(String args) {}

  public static void main(String[] args) throws Exception {
    DynamoDBProxyServer proxy = ServerRunner.createServerFromCommandLineArgs(args);
    var field = DynamoDBProxyServer.class.getDeclaredField("server");
    field.setAccessible(true);
    for (Connector connector : ((Server) field.get(proxy)).getConnectors()) {
      ((ServerConnector) connector).setHost("127.0.0.1");
    }
    endWith(Long.parseLong(System.getenv("LOCALSTACK_PID")));
    proxy.safeStart();
    proxy.join();
  }

  private static void endWith(long pid) {
    Runnable end = () -> Runtime.getRuntime().halt(0);
    ProcessHandle.of(pid).ifPresentOrElse(process -> process.onExit().thenRun(end), end);
  }
}
