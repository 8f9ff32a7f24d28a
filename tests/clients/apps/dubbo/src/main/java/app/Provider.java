package app;

import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/** A provider without a registry, as it ships: Provider tri | dubbo PORT. A call takes 50 ms. */
public class Provider implements Hello {
    @Override
    public String brief(String name) {
        try {
            Thread.sleep(50);
        } catch (InterruptedException error) {
            throw new IllegalStateException(error);
        }
        return name;
    }

    public static void main(String[] arguments) {
        ApplicationConfig application = new ApplicationConfig("provider");
        application.setQosEnable(false);
        ProtocolConfig protocol = new ProtocolConfig(arguments[0], Integer.parseInt(arguments[1]));
        protocol.setHost("127.0.0.1");
        ServiceConfig<Hello> service = new ServiceConfig<>();
        service.setInterface(Hello.class);
        service.setRef(new Provider());
        DubboBootstrap.getInstance().application(application).registry(new RegistryConfig("N/A")).protocol(protocol)
            .service(service).start().await();
    }
}
